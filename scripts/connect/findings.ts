import { eventsHooked, eventsPosted, hookEvents, hooksSince, receiverTokenVariable } from './hooks.ts';
import { isOlder, type RankedSettings } from './claude-code.ts';
import type { Endpoints } from '../reach/endpoints.ts';
import type { RemoteAnswer } from '../reach/remote.ts';
import { bytesInWords } from '../../compose/system/bytes.ts';
import { nameOf, type ReceiverAnswer } from './reports.ts';
import { type RunningSession, silenceReason } from './running.ts';
import { isStatusLine, isWrapped } from './status-line.ts';
import { conflictsWith, headersHelper, helperConflict, type Variables } from './telemetry.ts';

/** The result of one of the doctor's checks. */
export interface Finding {
  readonly subject: string;
  /** `ok`; `note`: worth knowing, but needs no action; `wrong`: needs action. */
  readonly state: 'ok' | 'note' | 'wrong';
  readonly sentence: string;
  /** How to fix it. */
  readonly remedy?: string;
}

/** Everything that the doctor looked up. */
export interface Examination {
  readonly endpoints: Endpoints;
  /** The version of Claude Code on the PATH. */
  readonly version: string | undefined;
  /** The settings files that Claude Code applies, lowest precedence first. */
  readonly ranked: readonly RankedSettings[];
  /** The error message for each settings file that cannot be read. */
  readonly broken: readonly string[];
  readonly wrapperExists: boolean;
  /** Whether the script is another version's or sends another stack's token. Default: no. */
  readonly isWrapperOld?: boolean;
  readonly shell: Variables;
  readonly receiver: ReceiverAnswer;
  /** The collector's HTTP status for an export with our token; `undefined` if it does not answer. */
  readonly collectorStatus: number | undefined;
  /** The number of live sessions in VictoriaMetrics; `undefined` if it does not answer. */
  readonly liveSessions: number | undefined;
  /** How the stack on another machine answers an export; absent when there is none. */
  readonly remote?: RemoteAnswer | undefined;
  /** The metrics that wait for it, in bytes, and those that it refused within the last day, in points. */
  readonly remoteBacklog?: RemoteBacklog;
  /** The sessions running on this machine. */
  readonly running: readonly RunningSession[];
  /** When the settings were connected, in wall-clock milliseconds; `undefined` if they are not. */
  readonly connectedAtMillis: number | undefined;
  /** Whether vmalert was started and does not answer. Default: false. */
  readonly areRulesDown?: boolean;
}

/** Metrics that a stack on another machine has not taken; undefined where the store does not know. */
interface RemoteBacklog {
  readonly waitingBytes?: number | undefined;
  readonly lostPoints?: number | undefined;
}

/** The doctor's findings, in the order of a report's path from Claude Code to the store. */
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
    ...remoteFindings(examination),
    ...(examination.areRulesDown
      ? [wrong('alert rules', 'vmalert does not answer: no alert can fire.', stackUp)]
      : []),
    ...arrivalFindings(examination, isExpected),
    ...refusedFindings(examination),
    ...silentFindings(examination),
  ];
}

const stackUp = 'Start the stack: npm run stack:up';
const restartCollector = 'Restart it: npm run stack:restart -- collector';
const setReceiverToken = `Set ${receiverTokenVariable} to the receiver's token, here and where Claude Code starts.`;
const connectFirst = 'npm run connect';
const removeDisableAllHooks = 'Remove disableAllHooks from it.';

function claudeFinding({ version }: Examination): Finding {
  const subject = 'claude code';
  if (version === undefined) return note(subject, 'Not found on the PATH. An IDE may have its own.');
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
    const sentence = `Goes elsewhere: ${conflict.where} sets ${conflict.name}=${conflict.value}.`;
    return note(subject, `${sentence} Without it, compactions and cost are less exact.`);
  }
  if (!env['CLAUDE_CODE_ENABLE_TELEMETRY'] || !env['OTEL_EXPORTER_OTLP_ENDPOINT']) {
    return wrong(subject, 'Off.', connectFirst);
  }
  const sendsToken =
    collectorTokenFile === undefined ||
    helperConflict(collectorTokenFile, ranked).length > 0 ||
    ranked.some(({ settings }) => settings['otelHeadersHelper'] === headersHelper(collectorTokenFile));
  if (sendsToken) return ok(subject, `Goes to ${collectorUrl}.`);
  return wrong(subject, 'Does not send the token that the collector requires.', connectFirst);
}

function hooksFinding({
  endpoints: { receiverUrl },
  ranked,
}: Pick<Examination, 'endpoints' | 'ranked'>): Finding {
  const subject = 'hooks';
  const off = disabledBy(ranked);
  if (off !== undefined) return wrong(subject, `${off} disables all hooks.`, removeDisableAllHooks);
  if (ranked.some(({ settings }) => eventsPosted(settings, receiverUrl).length > 0)) {
    const sentence = 'Left from an older connection; they print errors while the stack is down.';
    return wrong(subject, sentence, connectFirst);
  }
  const hooked = new Set(ranked.flatMap(({ settings }) => eventsHooked(settings, receiverUrl)));
  if (hookEvents.some((event) => !hooked.has(`hooks.${event}`)))
    return wrong(subject, 'Not connected.', connectFirst);
  return ok(subject, `Report to ${receiverUrl}.`);
}

function statusLineFinding({ endpoints, ranked, wrapperExists, isWrapperOld }: Examination): Finding {
  const subject = 'status line';
  const off = disabledBy(ranked);
  if (off !== undefined) return wrong(subject, `${off} disables it.`, removeDisableAllHooks);
  const isOurs = ({ settings }: RankedSettings) =>
    isStatusLine(settings['statusLine']) && isWrapped(settings['statusLine']);
  const strongest = ranked.findLast(({ settings }) => settings['statusLine'] !== undefined);
  if (strongest === undefined || !ranked.some(isOurs)) {
    const isChosen = hooksFinding({ endpoints, ranked }).state === 'ok';
    return isChosen
      ? note(subject, 'Not connected. Without it, names and window sizes are less exact.')
      : wrong(subject, 'Not connected.', connectFirst);
  }
  if (!isOurs(strongest)) {
    const remedy = 'Connect the one in this folder: npm run connect -- --scope project';
    return wrong(subject, `${strongest.path} sets another one, which overrides ours in this folder.`, remedy);
  }
  if (isWrapperOld) {
    return wrong(
      subject,
      'Its script is older than this stack, which may refuse what it sends.',
      connectFirst,
    );
  }
  if (wrapperExists) return ok(subject, `Connected in ${strongest.path}.`);
  return wrong(
    subject,
    'Its script is missing, so the status line is blank and the hooks report nothing.',
    connectFirst,
  );
}

function partFindings({ endpoints, receiver, collectorStatus, liveSessions }: Examination): Finding[] {
  const { collectorTokenFile: file } = endpoints;
  const sent = file === undefined ? 'exports without a token' : `the token in ${file}`;
  const part = (subject: string, url: string, answers: boolean, more = '') =>
    answers
      ? ok(subject, `Answers on ${url}.${more}`)
      : wrong(subject, `Does not answer on ${url}.`, stackUp);
  return [
    receiver.isUp && receiver.reports === undefined
      ? wrong(
          'receiver',
          `Requires a token, but ${receiverTokenVariable} is missing or wrong.`,
          setReceiverToken,
        )
      : part('receiver', endpoints.receiverUrl, receiver.isUp),
    collectorStatus === 401
      ? wrong('collector', `Refuses ${sent}.`, restartCollector)
      : part('collector', endpoints.collectorUrl, collectorStatus === 200),
    ...(endpoints.isStoreElsewhere
      ? []
      : [
          part(
            'victoriametrics',
            endpoints.victoriaMetricsUrl,
            liveSessions !== undefined,
            ` Live sessions: ${liveSessions}.`,
          ),
        ]),
  ];
}

/** Whether the stack on another machine takes our metrics. */
function remoteFindings({ remote, remoteBacklog: backlog = {}, endpoints }: Examination): Finding[] {
  const subject = 'other stack';
  if (remote === undefined) return [];
  const { url } = remote;
  const waiting = backlog.waitingBytes ? ` Waiting on disk: ${bytesInWords(backlog.waitingBytes)}.` : '';
  const lost = backlog.lostPoints
    ? ` It refused ${Math.round(backlog.lostPoints)} points in the last day; they are lost.`
    : '';
  if ('reason' in remote) {
    const sentence = `${url} does not answer: ${remote.reason}. The metrics are kept on disk until it does.${waiting}`;
    return [note(subject, sentence)];
  }
  if (remote.status === 200) {
    const sentence = `${url} takes our metrics.${waiting}${lost}`;
    return [lost === '' ? ok(subject, sentence) : note(subject, sentence)];
  }
  if (remote.status === 401 || remote.status === 403) {
    const file = endpoints.settings?.['CTXD_REMOTE_TOKEN_FILE'];
    const sentence = `${url} refuses our token (${remote.status}), so the metrics do not arrive and are lost.${lost}`;
    return [
      wrong(
        subject,
        sentence,
        `Put a valid token into ${file ?? 'a file, name it with --token-file'}, then: npm run stack:up`,
      ),
    ];
  }
  return [
    wrong(
      subject,
      `${url} answers ${remote.status} to an export.`,
      'Correct CTXD_REMOTE_URL, then: npm run stack:up',
    ),
  ];
}

/** A silent source is only a problem if a running session has made requests and should have reported them. */
function arrivalFindings(
  { receiver: { reports, sessions = [] }, running, connectedAtMillis }: Examination,
  isExpected: Readonly<Record<keyof typeof silenceRemedies, boolean>>,
): Finding[] {
  if (reports === undefined) return [];
  const silent = (['statusline', 'otlp'] as const).filter(
    (source) => isExpected[source] && isSilent(reports, source),
  );
  const shouldReport = running.filter((session) => {
    const live = sessions.find(({ id }) => id === session.id);
    return typeof live?.tokensUsed === 'number' && silenceReason(session, connectedAtMillis) === undefined;
  });
  const speaks = { statusline: ({ entrypoint }: RunningSession) => entrypoint === 'cli', otlp: () => true };
  return silent.map((source) =>
    shouldReport.some(speaks[source])
      ? wrong('arrivals', `Nothing has arrived from ${source} yet.`, silenceRemedies[source])
      : note('arrivals', `Nothing has arrived from ${source} yet. The next Claude Code session will report.`),
  );
}

function isSilent(reports: NonNullable<ReceiverAnswer['reports']>, name: string): boolean {
  return !reports.some(({ source, lastSeenAtMillis }) => source === name && lastSeenAtMillis !== null);
}

function refusedFindings({ receiver: { reports = [] } }: Examination): Finding[] {
  const refused = reports.find(({ source }) => source === 'otlp')?.ignored['too_large'];
  if (!refused) return [];
  const cause = 'OTEL_LOG_RAW_API_BODIES makes them this large.';
  return [
    note(
      'arrivals',
      `OTLP batches refused for exceeding 16 MiB since the receiver started: ${refused}. ${cause}`,
    ),
  ];
}

/** The running sessions that send no telemetry, hooks or status line, each with the reason. */
function silentFindings({ receiver, running, connectedAtMillis }: Examination): Finding[] {
  const { sessions = [] } = receiver;
  return running.flatMap((session) => {
    const live = sessions.find(({ id }) => id === session.id);
    const reporting = Object.keys(live?.sources ?? {}).some((source) => reportingSources.has(source));
    const reason = silenceReason(session, connectedAtMillis);
    if (!receiver.isUp || reporting || reason === undefined) return [];
    const figures = live === undefined ? '' : ' Its figures come from its transcript.';
    return [note('session', `${nameOf(live ?? session)} does not report: ${reason}.${figures}`)];
  });
}

const reportingSources = new Set(['statusline', 'otlp', 'hook']);

const silenceRemedies = {
  statusline: 'Trust the folder in Claude Code; it runs status lines only in trusted folders.',
  otlp: 'Start a new Claude Code session; it reads the telemetry settings only when it starts.',
};

function disabledBy(ranked: readonly RankedSettings[]): string | undefined {
  const strongest = ranked.findLast(({ settings }) => settings['disableAllHooks'] !== undefined);
  return strongest?.settings['disableAllHooks'] === true ? strongest.path : undefined;
}

const ok = (subject: string, sentence: string): Finding => ({ subject, state: 'ok', sentence });
const note = (subject: string, sentence: string): Finding => ({ subject, state: 'note', sentence });
const wrong = (subject: string, sentence: string, remedy: string): Finding => ({
  subject,
  state: 'wrong',
  sentence,
  remedy,
});
