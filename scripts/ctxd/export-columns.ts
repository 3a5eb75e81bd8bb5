import type { PastSession } from '../../dashboards/source/past-sessions.ts';
import type { Cell } from './csv.ts';

/** A column of an export, with its meaning for the help. */
interface Column {
  readonly name: string;
  readonly meaning: string;
}

/** The columns of `--what sessions`, one row per session. */
export const sessionColumns: readonly (Column & { readonly value: (session: PastSession) => Cell })[] = [
  { name: 'session_id', meaning: 'Id of the session', value: ({ id }) => id },
  { name: 'name', meaning: 'Name, as of its last sample', value: ({ name }) => name },
  { name: 'project', meaning: 'Project, as of its last sample', value: ({ project }) => project },
  { name: 'model', meaning: 'Model, as of its last sample', value: ({ model }) => model },
  {
    name: 'start',
    meaning: 'When the session was first seen, ISO 8601 in UTC',
    value: ({ startSeconds }) => isoTime(startSeconds),
  },
  {
    name: 'end',
    meaning: 'Its last sample within the time span, ISO 8601 in UTC',
    value: ({ endSeconds }) => isoTime(endSeconds),
  },
  {
    name: 'peak_tokens',
    meaning: 'Most tokens in the context window at once',
    value: ({ peakTokens }) => peakTokens,
  },
  {
    name: 'window_tokens',
    meaning: 'Size of the context window, as of its last sample',
    value: ({ windowTokens }) => windowTokens,
  },
  {
    name: 'peak_percent',
    meaning: 'Largest share of the window in percent, above 100 when over-full',
    value: ({ peakPercent }) => peakPercent,
  },
  {
    name: 'warning_crossings',
    meaning: 'Crossings of the warning threshold within the time span',
    value: ({ warningCrossings }) => warningCrossings,
  },
  {
    name: 'critical_crossings',
    meaning: 'Crossings of the critical threshold within the time span',
    value: ({ criticalCrossings }) => criticalCrossings,
  },
  {
    name: 'checkpoints',
    meaning: 'Checkpoints within the time span',
    value: ({ checkpoints }) => checkpoints,
  },
  {
    name: 'tokens_saved',
    meaning: 'Tokens that those checkpoints saved',
    value: ({ tokensSaved }) => tokensSaved,
  },
  {
    name: 'cost_usd',
    meaning: 'Cost of the session so far in US dollars, as of its last sample; empty where not reported',
    value: ({ costUsd }) => costUsd,
  },
];

/** The columns of `--what samples`, one row per sample of each metric. */
export const sampleColumns: readonly Column[] = [
  { name: 'time', meaning: 'When the sample was taken, ISO 8601 in UTC with milliseconds' },
  { name: 'session_id', meaning: 'Id of the session' },
  { name: 'metric', meaning: 'Name of the metric' },
  { name: 'value', meaning: 'Value, exactly as stored' },
];

/** A time in Unix seconds, in ISO 8601 with milliseconds, in UTC. */
export function isoTime(seconds: number): string {
  return new Date(Math.round(seconds * 1_000)).toISOString();
}
