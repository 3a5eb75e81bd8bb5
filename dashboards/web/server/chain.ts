import { durationShown } from '../../text/quantity.ts';
import type { Blindness, PageFields, PartRow } from '../page-state.ts';
import type { PageServers, WatchedPart } from './servers.ts';

/** What is older than this has stopped: servers report each second, and the store shows it 5 s later at most. */
export const staleAfterSeconds = 15;
const patienceMillis = 1_500;
const remedy = 'See which part is away: npm run stack:status';

/** The parts that reports pass through after the receiver, in their order. */
export function watchedParts({
  store,
  collectorUrl,
  vmalertUrl,
  alertmanager,
}: PageServers): readonly WatchedPart[] {
  const parts = [
    { name: 'Collector', does: 'takes the metrics and hands them on', url: collectorUrl },
    { name: 'VictoriaMetrics', does: 'stores the metrics and answers queries', url: `${store.url}/health` },
    { name: 'vmalert', does: 'evaluates the alert rules', url: vmalertUrl && `${vmalertUrl}/health` },
    { name: 'Alertmanager', does: 'groups the alerts and sends notifications', url: alertmanager?.url },
  ];
  return parts.flatMap(({ url, ...part }) => (url === undefined ? [] : [{ ...part, url }]));
}

/** When the chain was last seen to work, in milliseconds. */
export interface Signs {
  readonly reportAtMillis: number | undefined;
  readonly newestSampleAtMillis: number | undefined;
  readonly watchdogAtMillis: number | undefined;
}

/** Asks each part whether it is there: any answer will do. */
export async function readParts(parts: readonly WatchedPart[]): Promise<PartRow[]> {
  const rows = parts.map(async ({ name, does, url }) => ({ name, does, isUp: await answers(url) }));
  const self = { name: 'Receiver', does: 'makes sessions of what Claude Code reports', isUp: true };
  return [self, ...(await Promise.all(rows))];
}

/** The parts with what they were last seen to do. */
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

async function answers(url: string): Promise<boolean> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(patienceMillis) });
    await response.body?.cancel();
    return response.status < 500;
  } catch {
    return false;
  }
}

/** Why the figures cannot be believed; nothing while they can. */
export function blindnessOf(
  { newestSampleSeconds, parts, problem }: Chain,
  nowSeconds: number,
): Blindness | undefined {
  const away = parts.find(({ isUp, name }) => !isUp && carriers.has(name));
  if (away !== undefined) return { sentence: `${away.name} does not answer, so no figures arrive.`, remedy };
  if (problem !== undefined) return { sentence: `The figures cannot be read: ${problem}`, remedy };
  if (newestSampleSeconds === undefined) {
    return {
      sentence: 'No figures have arrived yet.',
      remedy: 'The first take a few seconds after a start.',
    };
  }
  const ageSeconds = nowSeconds - newestSampleSeconds;
  if (ageSeconds <= staleAfterSeconds) return undefined;
  return { sentence: `No new figures have arrived for ${durationShown(ageSeconds)}.`, remedy };
}

/** Without these no figures arrive. */
const carriers: ReadonlySet<string> = new Set(['Collector', 'VictoriaMetrics']);

/** What is known of the chain. */
export interface Chain extends Pick<PageFields, 'newestSampleSeconds'> {
  readonly parts: readonly PartRow[];
  /** Why the store could not be read. */
  readonly problem?: string | undefined;
}

/** One sentence on the whole chain. */
export function healthSentence(chain: Chain, blindness: Blindness | undefined): string {
  if (blindness !== undefined) return blindness.sentence;
  const away = chain.parts.filter(({ isUp }) => !isUp).map(({ name }) => name);
  if (away.length === 0) return 'The whole chain works.';
  const verb = away.length === 1 ? 'does' : 'do';
  return `Figures arrive, but ${away.join(' and ')} ${verb} not answer: alerts may not reach you.`;
}
