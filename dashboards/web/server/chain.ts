import { staleAfterSeconds } from '../../text/staleness.ts';
import { durationShown } from '../../text/quantity.ts';
import { type Blindness, type PageFields, partRemedy, type PartRow } from '../page-state.ts';
import type { PageServers, WatchedPart } from './servers.ts';

const patienceMillis = 1_500;

/** The parts that data flows through after the receiver, in order. */
export function watchedParts({
  store,
  collectorUrl,
  vmalertUrl,
  alertmanager,
}: PageServers): readonly WatchedPart[] {
  const parts = [
    { name: 'Collector', does: 'receives the metrics and forwards them', url: collectorUrl },
    { name: 'VictoriaMetrics', does: 'stores the metrics and answers queries', url: `${store.url}/health` },
    { name: 'vmalert', does: 'evaluates the alert rules', url: vmalertUrl && `${vmalertUrl}/health` },
    { name: 'Alertmanager', does: 'groups the alerts and sends notifications', url: alertmanager?.url },
  ];
  return parts.flatMap(({ url, ...part }) => (url === undefined ? [] : [{ ...part, url }]));
}

/** When parts of the stack last showed a sign that they work, in Unix milliseconds. */
export interface Signs {
  readonly reportAtMillis: number | undefined;
  readonly newestSampleAtMillis: number | undefined;
  readonly watchdogAtMillis: number | undefined;
}

/** Checks whether each part is up: any response below 500 counts. */
export async function readParts(parts: readonly WatchedPart[]): Promise<PartRow[]> {
  const rows = parts.map(async ({ name, does, url }) => ({ name, does, isUp: await responds(url) }));
  const self = { name: 'Receiver', does: 'turns reports from Claude Code into sessions', isUp: true };
  return [self, ...(await Promise.all(rows))];
}

/** Adds to each part the last sign that it works. */
export function withSigns(parts: readonly PartRow[], signs: Signs): PartRow[] {
  const known: Readonly<Record<string, readonly [sign: string, atMillis: number | undefined]>> = {
    Receiver: ['last report', signs.reportAtMillis],
    VictoriaMetrics: ['newest figure', signs.newestSampleAtMillis],
    Alertmanager: ['last sign that alerts arrive', signs.watchdogAtMillis],
  };
  return parts.map((part) => {
    const [sign, signAtMillis] = known[part.name] ?? [];
    return { ...part, sign, signAtMillis };
  });
}

async function responds(url: string): Promise<boolean> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(patienceMillis) });
    await response.body?.cancel();
    return response.status < 500;
  } catch {
    return false;
  }
}

/** Why the figures cannot be trusted; `undefined` while they can. */
export function blindnessOf(
  { newestSampleSeconds, parts, problem }: Chain,
  nowSeconds: number,
): Blindness | undefined {
  const down = parts.find(({ isUp, name }) => !isUp && carriers.has(name));
  if (down !== undefined)
    return { sentence: `${down.name} does not answer, so no figures arrive.`, remedy: partRemedy };
  if (problem !== undefined)
    return { sentence: `The figures cannot be read: ${problem}`, remedy: partRemedy };
  if (newestSampleSeconds === undefined) {
    return {
      sentence: 'No figures have arrived yet.',
      remedy: 'The first ones arrive a few seconds after the stack starts.',
    };
  }
  const ageSeconds = nowSeconds - newestSampleSeconds;
  if (ageSeconds <= staleAfterSeconds) return undefined;
  return { sentence: `No new figures have arrived for ${durationShown(ageSeconds)}.`, remedy: partRemedy };
}

/** If one of these is down, no figures arrive. */
const carriers: ReadonlySet<string> = new Set(['Collector', 'VictoriaMetrics']);

/** The known state of the stack. */
export interface Chain extends Pick<PageFields, 'newestSampleSeconds'> {
  readonly parts: readonly PartRow[];
  /** Why reading the store failed. */
  readonly problem?: string | undefined;
}

/** Sums up the health of the whole stack in one sentence. */
export function healthSentence(chain: Chain, blindness: Blindness | undefined): string {
  if (blindness !== undefined) return blindness.sentence;
  const down = chain.parts.filter(({ isUp }) => !isUp).map(({ name }) => name);
  if (down.length === 0) return 'Everything works.';
  const verb = down.length === 1 ? 'does' : 'do';
  return `Figures arrive, but ${down.join(' and ')} ${verb} not answer: alerts may not reach you.`;
}
