import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';
import type { request as HttpRequest } from 'node:http';
import type { SessionList } from '#answers';
import { type Thresholds, thresholdsFrom } from '#thresholds';
import { secondsToFullOf } from '../../dashboards/queries/expressions.ts';
import { fullText } from '../../dashboards/text/advice.ts';
import { printable } from '../../dashboards/text/printable.ts';
import { sessionLabels } from '../../dashboards/text/session-label.ts';
import { marks, severityOf } from '../../dashboards/text/severity.ts';
import { stateDirIn } from '../../instrumentation/src/state-dir.ts';
import { addSettings, readSettingsFiles } from '../reach/settings-file.ts';

// Few imports: a prompt waits for these commands. Importing `node:http` would load all that `fetch` needs, too, for 30 ms.
const http = process.getBuiltinModule('node:http') as { readonly request: typeof HttpRequest };

type Environment = NodeJS.ProcessEnv;

/** The commands of this file, each with its meaning. */
export const glances = {
  segment: 'Prints one short line about all sessions, for tmux, starship and shell prompts',
  statusline: 'Prints a status line for Claude Code, from its JSON on standard input',
} as const;

/** The text that `--help` prints. */
const usage = `Usage: ctxd segment [--format <text>]
       ctxd statusline

  segment     Prints how many of the live sessions are at a threshold: \`2⚠ 1✗ of 6\`. Nothing if the stack is down.
    --format <text>  With {warning}, {critical}, {sessions}, and of the fullest session {label} and {percent}.
  statusline  Reads the JSON of Claude Code's status line, and prints \`shop ▓▓▓▓░ 75 % · full in 12m · 2 others ⚠\`.

Both always exit with 0, and wait 150 ms at most for the stack.

Examples:
  tmux:      set -g status-right '#(ctxd segment)'
  starship:  [custom.ctxd] command = "ctxd segment", when = true
  zsh:       RPROMPT='$(ctxd segment)'`;

/** Runs a command of this file on this process's input and output. Never fails: a prompt has no place for an error. */
export async function glance(name: keyof typeof glances, args: readonly string[]): Promise<void> {
  const env = process.env;
  process.stdout.on('error', () => process.exit());
  if (args.includes('--help') || args.includes('-h')) {
    console.log(usage);
    return;
  }
  try {
    addSettings(env, readSettingsFiles(env));
    const line = name === 'segment' ? await segment(args, env) : await statusLine(await input(), env);
    if (line !== '') console.log(line);
  } catch {}
}

async function segment(args: readonly string[], env: Environment): Promise<string> {
  const { values } = parseArgs({ args: [...args], options: { format: { type: 'string' } }, strict: false });
  const sessions = await liveSessions(env, stackIn(env));
  return sessions === undefined ? '' : segmentOf(sessions, thresholdsOf(env), formatOf(values.format));
}

/** Standard input up to the end of its JSON: some versions of Claude Code leave the pipe open. */
async function input(): Promise<string> {
  let json = '';
  for await (const chunk of process.stdin.setEncoding('utf8')) {
    json += String(chunk);
    if (sessionIn(json) !== undefined) break;
  }
  return json;
}

const formatOf = (format: unknown) => (typeof format === 'string' ? format : undefined);

/** A session as far as one short line needs it. */
export type GlancedSession = Pick<
  SessionList['sessions'][number],
  'id' | 'name' | 'project' | 'usagePercent'
>;

/**
 * One short line about all sessions.
 *
 * @param format - the text with `{names}` to fill in. Default: `2⚠ 1✗ of 6`, without what is 0
 */
export function segmentOf(
  sessions: readonly GlancedSession[],
  thresholds: Thresholds,
  format?: string,
): string {
  const count = (severity: 'warning' | 'critical') =>
    sessions.filter(({ usagePercent }) => severityOf(usagePercent ?? 0, thresholds) === severity).length;
  const [warning, critical] = [count('warning'), count('critical')];
  const [fullest] = sessions.toSorted((a, b) => (b.usagePercent ?? 0) - (a.usagePercent ?? 0));
  if (format === undefined) {
    const full = [warning && `${warning}${marks.warning}`, critical && `${critical}${marks.critical}`];
    return [...full.filter(Boolean), full.some(Boolean) ? 'of' : '', sessions.length]
      .filter((word) => word !== '')
      .join(' ');
  }
  const values: Readonly<Record<string, string | number>> = {
    warning,
    critical,
    sessions: sessions.length,
    label: fullest === undefined ? '' : labelAmong(fullest, sessions),
    percent: Math.floor(fullest?.usagePercent ?? 0),
  };
  return printable(format.replaceAll(/\{(\w+)\}/g, (text, name: string) => String(values[name] ?? text)));
}

async function statusLine(json: string, env: Environment): Promise<string> {
  const own = sessionIn(json);
  if (own === undefined) return '';
  const stack = stackIn(env);
  const [sessions = [], secondsToFull] = await Promise.all([
    liveSessions(env, stack),
    secondsToFullFor(own.id, stack),
  ]);
  const others = sessions.filter(({ id }) => id !== own.id);
  return statusLineOf({ ...own, secondsToFull }, others, thresholdsOf(env));
}

/** Claude Code's status line: the session itself, and how many others are at a threshold. */
export function statusLineOf(
  own: GlancedSession & { readonly secondsToFull?: number | undefined },
  others: readonly GlancedSession[],
  thresholds: Thresholds,
): string {
  const { usagePercent, secondsToFull } = own;
  const severities = others.map((other) => severityOf(other.usagePercent ?? 0, thresholds));
  const full = severities.filter((severity) => severity !== 'ok').length;
  const mark = severities.includes('critical') ? marks.critical : marks.warning;
  const usageText = usagePercent === null ? '' : ` ${bar(usagePercent)} ${Math.floor(usagePercent)} %`;
  const about = full > 0 ? `${full} ${full === 1 ? 'other' : 'others'} ${mark}` : '';
  const parts = [`${labelAmong(own, [own, ...others])}${usageText}`, fullText(secondsToFull), about];
  return printable(parts.filter((part) => part !== '').join(' · '));
}

/** The session in the JSON of Claude Code's status line; undefined if there is none. */
export function sessionIn(json: string): GlancedSession | undefined {
  const fields = objectIn(json);
  const window = record(fields['context_window']);
  const size = Number(window['context_window_size']);
  const usage = record(window['current_usage']);
  const parts = ['input_tokens', 'cache_creation_input_tokens', 'cache_read_input_tokens'];
  const tokens = parts.reduce((sum, part) => sum + (Number(usage[part]) || 0), 0);
  const folder = text(record(fields['workspace'])['project_dir']) || text(fields['cwd']);
  const id = text(fields['session_id']);
  if (id === '') return undefined;
  const usagePercent = tokens > 0 && size > 0 ? (100 * tokens) / size : null;
  return { id, name: text(fields['session_name']), project: basename(folder), usagePercent };
}

function bar(percent: number): string {
  const full = Math.min(5, Math.round(percent / 20));
  return '▓'.repeat(full) + '░'.repeat(5 - full);
}

function labelAmong(session: GlancedSession, sessions: readonly GlancedSession[]): string {
  const label = printable(sessionLabels(sessions).get(session.id) ?? '');
  return label.length <= mostLabel ? label : `${label.slice(0, mostLabel - 1)}…`;
}

const mostLabel = 40;

function thresholdsOf(env: Environment): Thresholds {
  try {
    return thresholdsFrom(env);
  } catch {
    return thresholdsFrom({});
  }
}

/** The live sessions; none without the stack. */
export async function sessionsNow(env: Environment): Promise<readonly GlancedSession[]> {
  return (await liveSessions(env, stackIn(env))) ?? [];
}

/** Where the stack keeps its state, and the ports that it was started with. */
interface StackState {
  readonly stateDir: string;
  readonly portOf: (part: string, otherwise: number) => number;
}

function stackIn(env: Environment): StackState {
  const stateDir = stateDirIn(env);
  const ports = record(objectIn(fileText(join(stateDir, 'stack.json')))['ports']);
  const portOf = (part: string, otherwise: number) =>
    Number(record(ports[part])['main'] ?? (env[`CTXD_${part.toUpperCase()}_PORT`] || otherwise));
  return { stateDir, portOf };
}

/** The sessions that the receiver knows; undefined if it does not answer in time. */
async function liveSessions(
  env: Environment,
  { stateDir, portOf }: StackState,
): Promise<readonly GlancedSession[] | undefined> {
  const token = env['CTXD_RECEIVER_TOKEN'] || fileText(join(stateDir, 'secrets/receiver-token')).trim();
  const authorization = token && `Bearer ${token}`;
  const { sessions } = await answerOf({
    port: portOf('receiver', 4_319),
    path: '/v1/sessions',
    authorization,
  });
  return Array.isArray(sessions) ? (sessions as SessionList['sessions']) : undefined;
}

/** When a session will be full, as every other view of ctxd says it; undefined without the stack. */
async function secondsToFullFor(id: string, { stateDir, portOf }: StackState): Promise<number | undefined> {
  const password = fileText(join(stateDir, 'secrets/victoriametrics-password')).trim();
  if (password === '') return undefined;
  const query = secondsToFullOf(`{session_id=${JSON.stringify(id)}}`);
  const { data } = await answerOf({
    port: portOf('victoriametrics', 8_428),
    path: `/api/v1/query?query=${encodeURIComponent(query)}`,
    authorization: `Basic ${btoa(`ctxd:${password}`)}`,
  });
  const [sample] = [record(data)['result']].flat() as { value?: readonly unknown[] }[];
  return sample?.value === undefined ? undefined : Number(sample.value[1]);
}

const waitMillis = 150;

/** The JSON object that a server of this machine answers; an empty one if it does not in time. */
async function answerOf({
  port,
  path,
  authorization,
}: {
  port: number;
  path: string;
  authorization: string;
}) {
  const headers = authorization === '' ? {} : { authorization };
  return await new Promise<Readonly<Record<string, unknown>>>((resolve) => {
    const give = () => resolve({});
    const asked = http.request({ host: '127.0.0.1', port, path, headers, agent: false }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
      response.on('end', () => resolve(objectIn(body))).on('error', give);
    });
    asked.on('error', give).end();
    setTimeout(() => asked.destroy(), waitMillis).unref();
  });
}

function fileText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

function objectIn(json: string): Readonly<Record<string, unknown>> {
  try {
    return record(JSON.parse(json));
  } catch {
    return {};
  }
}

const record = (value: unknown) =>
  (typeof value === 'object' && value !== null ? value : {}) as Readonly<Record<string, unknown>>;
const text = (value: unknown) => (typeof value === 'string' ? value : '');
