import { eventsPosted, hookEvents, hooksSince, hooksUrl, receiverTokenVariable } from './hooks.ts';
import { isOlder, type RankedSettings } from './claude-code.ts';
import type { Endpoints } from '../reach/endpoints.ts';
import type { ReceiverAnswer } from './reports.ts';
import { isStatusLine, isWrapped } from './status-line.ts';
import { conflictsWith, headersHelper, helperConflict, isSet, type Variables } from './telemetry.ts';

/** One thing that the doctor looked at. */
export interface Finding {
  readonly subject: string;
  /** `ok`; `note`: worth knowing, nothing to do; `wrong`: something to do. */
  readonly state: 'ok' | 'note' | 'wrong';
  readonly sentence: string;
  /** What to do about it. */
  readonly remedy?: string;
}

/** What the doctor saw. */
export interface Examination {
  readonly endpoints: Endpoints;
  /** The version of Claude Code on the PATH. */
  readonly version: string | undefined;
  /** The settings files that count, the weakest first, and what is wrong with those that cannot be read. */
  readonly ranked: readonly RankedSettings[];
  readonly broken: readonly string[];
  readonly wrapperExists: boolean;
  readonly shell: Variables;
  readonly receiver: ReceiverAnswer;
  /** HTTP status with which the collector answers to the token that it is to get; nothing when it does not answer. */
  readonly collectorStatus: number | undefined;
  /** Number of live sessions by PromQL; nothing when the store does not answer. */
  readonly liveSessions: number | undefined;
}

/** What the doctor says, in the order in which a report travels. */
export function findingsOf(examination: Examination): Finding[] {
  const [telemetry, statusLine] = [telemetryFinding(examination), statusLineFinding(examination)];
  const isExpected = { otlp: telemetry.state === 'ok', statusline: statusLine.state === 'ok' };
  return [
    claudeFinding(examination),
    ...examination.broken.map((sentence) => wrong('settings', ...(sentence.split('\n') as [string, string]))),
    telemetry,
    hooksFinding(examination),
    statusLine,
    ...partFindings(examination),
    ...arrivalFindings(examination, isExpected),
  ];
}

const stackUp = 'Start the stack: npm run stack:up';
const restartCollector = 'Start it anew: npm run stack:restart -- collector';
const setReceiverToken = `Set ${receiverTokenVariable} to it, here and where Claude Code starts; then: npm run connect`;
const connectFirst = 'npm run connect';

function claudeFinding({ version }: Examination): Finding {
  const subject = 'claude code';
  if (version === undefined) return note(subject, 'Not found on the PATH; an IDE can bring its own.');
  if (!isOlder(version, hooksSince)) return ok(subject, `${version}.`);
  return wrong(
    subject,
    `${version} is too old for our hooks.`,
    `Update it to ${hooksSince} or later: claude update`,
  );
}

function telemetryFinding({ endpoints, ranked, shell }: Examination): Finding {
  const subject = 'telemetry';
  const { collectorUrl, collectorTokenFile } = endpoints;
  const files = ranked.map(({ path, settings }) => ({
    where: path,
    variables: settings['env'] as Variables,
  }));
  const [conflict] = conflictsWith(collectorUrl, [{ where: 'your shell', variables: shell }, ...files]);
  const env = Object.assign({}, shell, ...files.map(({ variables }) => variables)) as Variables;
  if (conflict !== undefined) {
    const sentence = `Goes elsewhere: ${conflict.where} has ${conflict.name}=${conflict.value}.`;
    return note(subject, `${sentence} Compactions and cost are less exact without it.`);
  }
  if (!env['CLAUDE_CODE_ENABLE_TELEMETRY'] || !env['OTEL_EXPORTER_OTLP_ENDPOINT']) {
    return wrong(subject, 'Is off.', connectFirst);
  }
  const sendsToken =
    collectorTokenFile === undefined ||
    helperConflict(collectorTokenFile, ranked).length > 0 ||
    ranked.some(({ settings }) => settings['otelHeadersHelper'] === headersHelper(collectorTokenFile));
  if (sendsToken) return ok(subject, `Goes to ${collectorUrl}.`);
  return wrong(subject, 'Does not send the token that the collector wants.', connectFirst);
}

function hooksFinding({
  endpoints: { receiverUrl },
  ranked,
  shell,
}: Pick<Examination, 'endpoints' | 'ranked' | 'shell'>): Finding {
  const subject = 'hooks';
  const off = disabledBy(ranked);
  if (off !== undefined)
    return wrong(subject, `${off} switches all hooks off.`, 'Take disableAllHooks out of it.');
  const allowed = ranked.flatMap(({ settings }) => settings['allowedHttpHookUrls'] ?? []);
  const isLimited = ranked.some(({ settings }) => settings['allowedHttpHookUrls'] !== undefined);
  if (
    isLimited &&
    !allowed.some((pattern) => typeof pattern === 'string' && matches(pattern, hooksUrl(receiverUrl)))
  ) {
    return wrong(
      subject,
      'allowedHttpHookUrls leaves ours out.',
      `Add "${receiverUrl}/*" to it in your settings.`,
    );
  }
  const posted = (withToken: boolean) =>
    new Set(ranked.flatMap(({ settings }) => eventsPosted(settings, receiverUrl, withToken))).size;
  if (posted(false) < hookEvents.length) return wrong(subject, 'Are not connected.', connectFirst);
  if (isSet(shell[receiverTokenVariable]) && posted(true) < hookEvents.length) {
    return wrong(subject, `Do not send the token in ${receiverTokenVariable}.`, connectFirst);
  }
  return ok(subject, `Go to ${receiverUrl}.`);
}

function statusLineFinding({ endpoints, ranked, shell, wrapperExists }: Examination): Finding {
  const subject = 'status line';
  const off = disabledBy(ranked);
  if (off !== undefined) return wrong(subject, `${off} switches it off.`, 'Take disableAllHooks out of it.');
  const isOurs = ({ settings }: RankedSettings) =>
    isStatusLine(settings['statusLine']) && isWrapped(settings['statusLine']);
  const strongest = ranked.findLast(({ settings }) => settings['statusLine'] !== undefined);
  if (strongest === undefined || !ranked.some(isOurs)) {
    const isChosen = hooksFinding({ endpoints, ranked, shell }).state === 'ok';
    return isChosen
      ? note(subject, 'Is not connected; names and window sizes are less exact without it.')
      : wrong(subject, 'Is not connected.', connectFirst);
  }
  if (!isOurs(strongest)) {
    const remedy = 'In this folder connect that one, too: npm run connect -- --scope project';
    return wrong(subject, `${strongest.path} sets another one, so ours does not run in this folder.`, remedy);
  }
  if (wrapperExists) return ok(subject, `Is connected by ${strongest.path}.`);
  return wrong(subject, 'Its wrapper is gone, so that it is blank.', connectFirst);
}

function partFindings({ endpoints, receiver, collectorStatus, liveSessions }: Examination): Finding[] {
  const { collectorTokenFile: file } = endpoints;
  const sent = file === undefined ? 'reports without a token' : `the token in ${file}`;
  const part = (subject: string, url: string, answers: boolean, more = '') =>
    answers
      ? ok(subject, `Answers on ${url}.${more}`)
      : wrong(subject, `Does not answer on ${url}.`, stackUp);
  return [
    receiver.isUp && receiver.reports === undefined
      ? wrong(
          'receiver',
          `Wants a token, and ${receiverTokenVariable} is another one or not set.`,
          setReceiverToken,
        )
      : part('receiver', endpoints.receiverUrl, receiver.isUp),
    collectorStatus === 401
      ? wrong('collector', `Refuses ${sent}.`, restartCollector)
      : part('collector', endpoints.collectorUrl, collectorStatus === 200),
    part(
      'victoriametrics',
      endpoints.victoriaMetricsUrl,
      liveSessions !== undefined,
      ` Live sessions: ${liveSessions}.`,
    ),
  ];
}

/** Only silence that cannot be right is wrong: hooks speak rarely, and the transcript is the stand-in for the others. */
function arrivalFindings(
  { receiver: { reports } }: Examination,
  isExpected: Readonly<Record<keyof typeof silenceRemedies, boolean>>,
): Finding[] {
  if (reports === undefined) return [];
  const heard = reports
    .filter(({ lastSeenAtMillis }) => lastSeenAtMillis !== null)
    .map(({ source }) => source);
  if (heard.length === 0) {
    return [
      wrong(
        'arrivals',
        'Nothing has arrived yet.',
        'Start a session of Claude Code and say something in it.',
      ),
    ];
  }
  return (['statusline', 'otlp'] as const)
    .filter((source) => isExpected[source] && !heard.includes(source))
    .map((source) => wrong('arrivals', `Nothing has arrived from ${source} yet.`, silenceRemedies[source]));
}

const silenceRemedies = {
  statusline: 'Trust the folder in Claude Code; a status line runs only then.',
  otlp: 'Start a new session of Claude Code; telemetry is read at its start.',
};

function disabledBy(ranked: readonly RankedSettings[]): string | undefined {
  const strongest = ranked.findLast(({ settings }) => settings['disableAllHooks'] !== undefined);
  return strongest?.settings['disableAllHooks'] === true ? strongest.path : undefined;
}

function matches(pattern: string, url: string): boolean {
  const parts = pattern.split('*').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`));
  return new RegExp(`^${parts.join('.*')}$`).test(url);
}

const ok = (subject: string, sentence: string): Finding => ({ subject, state: 'ok', sentence });
const note = (subject: string, sentence: string): Finding => ({ subject, state: 'note', sentence });
const wrong = (subject: string, sentence: string, remedy: string): Finding => ({
  subject,
  state: 'wrong',
  sentence,
  remedy,
});
