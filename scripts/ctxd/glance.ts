import { readFileSync } from 'node:fs';
import { request } from 'node:http';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';
import type { SessionList } from '#answers';
import { type Thresholds, thresholdsFrom } from '#thresholds';
import { marks, severityOf } from '../../dashboards/text/severity.ts';
import { stateDirIn } from '../../instrumentation/src/state-dir.ts';
import { addSettings, readSettingsFiles } from '../reach/settings-file.ts';

// Few imports: a prompt waits for these commands.

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
  statusline  Reads the JSON of Claude Code's status line, and prints \`shop ▓▓▓▓░ 75 % · 2 others ⚠\`.

Both always exit with 0, and wait 150 ms at most for the receiver.

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
  const sessions = await liveSessions(env);
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
    label: fullest === undefined ? '' : labelOf(fullest),
    percent: Math.floor(fullest?.usagePercent ?? 0),
  };
  return clean(format.replaceAll(/\{(\w+)\}/g, (text, name: string) => String(values[name] ?? text)));
}

async function statusLine(json: string, env: Environment): Promise<string> {
  const own = sessionIn(json);
  if (own === undefined) return '';
  const others = (await liveSessions(env))?.filter(({ id }) => id !== own.id) ?? [];
  return statusLineOf(own, others, thresholdsOf(env));
}

/** Claude Code's status line: the session itself, and how many others are at a threshold. */
export function statusLineOf(
  own: GlancedSession,
  others: readonly GlancedSession[],
  thresholds: Thresholds,
): string {
  const { usagePercent } = own;
  const severities = others.map((other) => severityOf(other.usagePercent ?? 0, thresholds));
  const full = severities.filter((severity) => severity !== 'ok').length;
  const mark = severities.includes('critical') ? marks.critical : marks.warning;
  const usageText = usagePercent === null ? '' : ` ${bar(usagePercent)} ${Math.floor(usagePercent)} %`;
  const about = full > 0 ? ` · ${full} ${full === 1 ? 'other' : 'others'} ${mark}` : '';
  return clean(`${labelOf(own)}${usageText}${about}`);
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

const labelOf = ({ id, name, project }: GlancedSession) => (name || project || id.slice(0, 8)).slice(0, 40);

/** Names come from outside, and such characters could move the cursor or reverse the line. */
const clean = (line: string) => line.replaceAll(/[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}]/gu, '');

function thresholdsOf(env: Environment): Thresholds {
  try {
    return thresholdsFrom(env);
  } catch {
    return thresholdsFrom({});
  }
}

/** The sessions that the receiver knows; undefined if it does not answer within 150 ms. */
async function liveSessions(env: Environment): Promise<readonly GlancedSession[] | undefined> {
  const stateDir = stateDirIn(env);
  const recorded = record(
    record(record(objectIn(fileText(join(stateDir, 'stack.json'))))['ports'])['receiver'],
  );
  const port = Number(recorded['main'] ?? (env['CTXD_RECEIVER_PORT'] || 4_319));
  const token = env['CTXD_RECEIVER_TOKEN'] || fileText(join(stateDir, 'secrets/receiver-token')).trim();
  const body = await bodyOf(port, token);
  const { sessions } = objectIn(body);
  return Array.isArray(sessions) ? (sessions as SessionList['sessions']) : undefined;
}

async function bodyOf(port: number, token: string): Promise<string> {
  return await new Promise((resolve, reject) => {
    const headers = token === '' ? {} : { authorization: `Bearer ${token}` };
    const options = {
      host: '127.0.0.1',
      port,
      path: '/v1/sessions',
      headers,
      signal: AbortSignal.timeout(150),
    };
    request(options, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
      response.on('end', () => resolve(body)).on('error', reject);
    })
      .on('error', () => resolve(''))
      .end();
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
