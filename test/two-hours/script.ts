/** A scripted session. Times are steps of 10 seconds since the script began. */
export interface ScriptedSession {
  readonly id: string;
  readonly start: number;
  /** The first step without a sample; beyond the script for a session that stays live. */
  readonly stop: number;
  /** Ends without a staleness marker, as with a server that is killed. */
  readonly isSilent?: true;
  readonly windowTokens: number;
  /** Tokens at its start and after each checkpoint. */
  readonly base: number;
  /** Tokens added at each growth. */
  readonly growth: number;
  /** Steps from one growth to the next. */
  readonly every: number;
  /** Steps at which a checkpoint frees all but the base. */
  readonly checkpoints: readonly number[];
  /** Steps at which its server restarts and counts from 0. */
  readonly restarts: readonly number[];
  readonly servers: readonly string[];
  /** Its names, each with the step from which it applies. */
  readonly names: readonly (readonly [fromStep: number, name: string])[];
  readonly project?: string;
  readonly model?: string;
  readonly costPerStep?: number;
  readonly subagents: readonly string[];
}

/** Seconds from one sample to the next. */
export const stepSeconds = 10;
/** The last step: two hours. */
export const lastStep = 720;

const never = lastStep + 1;
const defaults = {
  start: 0,
  stop: never,
  windowTokens: 200_000,
  base: 20_000,
  growth: 200,
  every: 1,
  checkpoints: [],
  restarts: [],
  servers: ['app'],
  names: [],
  subagents: [],
} as const;

const reported = {
  servers: ['ctxd-receiver'],
  project: 'ctxd',
  model: 'claude-opus-4-7',
  costPerStep: 0.002,
};

const special: readonly ScriptedSession[] = [
  {
    ...defaults,
    ...reported,
    id: '3f2504e0-4f89-41d3-9a0c-0305e82c3301',
    growth: 500,
    checkpoints: [200, 500],
    names: [[0, 'Refactor the parser']],
    subagents: ['Explore', 'Plan'],
  },
  { ...defaults, id: '9b2d7e10-0000-4000-8000-000000000001', growth: 251, checkpoints: [] },
  { ...defaults, id: 'conn_127.0.0.1:5000', base: 1_000, growth: 11 },
  { ...defaults, id: 'odd.id:1', growth: 90, checkpoints: [600] },
  { ...defaults, id: 'odd-id:1', growth: 70 },
  {
    ...defaults,
    ...reported,
    id: 'renamed',
    growth: 260,
    checkpoints: [650],
    names: [
      [0, 'Old name'],
      [400, 'New name'],
    ],
  },
  { ...defaults, id: 'pair', servers: ['app', 'app-2'], growth: 240, checkpoints: [420] },
  {
    ...defaults,
    ...reported,
    id: 'ended-early',
    stop: 300,
    growth: 610,
    checkpoints: [250],
    names: [[0, 'Ended early']],
  },
  {
    ...defaults,
    ...reported,
    id: 'ended-late',
    stop: 700,
    growth: 300,
    checkpoints: [450, 560],
    names: [[0, 'Ended late']],
    project: 'other',
  },
  { ...defaults, id: 'silent', stop: 705, isSilent: true, growth: 255 },
  { ...defaults, id: 'flat', growth: 0, base: 150_000 },
  {
    ...defaults,
    ...reported,
    id: 'million',
    windowTokens: 1_000_000,
    base: 400_000,
    growth: 700,
    checkpoints: [580],
    model: 'claude-fable-5',
  },
  { ...defaults, ...reported, id: 'quoted', names: [[0, 'Say “hi” to "them", {please}']], growth: 130 },
  { ...defaults, id: 'restarted', restarts: [350], growth: 450, checkpoints: [150, 340, 400, 690] },
  { ...defaults, id: 'bursty', growth: 2_400, every: 10 },
  { ...defaults, ...reported, id: 'unnamed', growth: 33, project: 'other' },
  { ...defaults, id: 'overfull', growth: 300, base: 30_000 },
];

const plain = Array.from({ length: 13 }, (_, index): ScriptedSession => ({
  ...defaults,
  id: `plain-${index}`,
  start: 17 * index,
  base: 5_000 + 1_000 * index,
  growth: 13 + 17 * index,
  checkpoints: index % 3 === 0 ? [330 + 20 * index] : [],
}));

/** Thirty sessions. */
const sessions: readonly ScriptedSession[] = [...special, ...plain];

/** The figures of a session at one step. */
export interface Figures {
  readonly tokens: number;
  readonly percent: number;
  readonly checkpoints: number;
  readonly saved: number;
  readonly warnings: number;
  readonly criticals: number;
  readonly durationSeconds: number;
}

/** The growth of the counters at one step, whatever restarts. */
export type Growth = Pick<Figures, 'checkpoints' | 'saved' | 'warnings' | 'criticals'>;

/** A session step by step; undefined where it has no sample. */
export interface Course {
  readonly session: ScriptedSession;
  readonly figures: readonly (Figures | undefined)[];
  readonly growth: readonly (Growth | undefined)[];
}

/** Every session's course, computed from the script alone. */
export const courses: readonly Course[] = sessions.map(courseOf);

function courseOf(session: ScriptedSession): Course {
  const figures: (Figures | undefined)[] = [];
  const growth: (Growth | undefined)[] = [];
  let since = session.start;
  let began = session.start;
  let reached = { warning: false, critical: false };
  let totals = { checkpoints: 0, saved: 0, warnings: 0, criticals: 0 };
  for (let step = session.start; step < session.stop && step <= lastStep; step++) {
    if (session.restarts.includes(step)) {
      began = step;
      reached = { warning: false, critical: false };
      totals = { checkpoints: 0, saved: 0, warnings: 0, criticals: 0 };
    }
    const isCheckpoint = session.checkpoints.includes(step);
    const saved = isCheckpoint ? grown(session, step - 1 - since) : 0;
    if (isCheckpoint) {
      since = step;
      reached = { warning: false, critical: false };
    }
    const tokens = session.base + grown(session, step - since);
    const percent = (tokens / session.windowTokens) * 100;
    const now = { warning: percent >= 70, critical: percent >= 90 };
    const grew = {
      checkpoints: Number(isCheckpoint),
      saved,
      warnings: Number(now.warning && !reached.warning),
      criticals: Number(now.critical && !reached.critical),
    };
    reached = { warning: reached.warning || now.warning, critical: reached.critical || now.critical };
    totals = {
      checkpoints: totals.checkpoints + grew.checkpoints,
      saved: totals.saved + grew.saved,
      warnings: totals.warnings + grew.warnings,
      criticals: totals.criticals + grew.criticals,
    };
    figures[step] = { tokens, percent, ...totals, durationSeconds: (step - began) * stepSeconds };
    growth[step] = grew;
  }
  return { session, figures, growth };
}

function grown({ growth, every }: ScriptedSession, steps: number): number {
  return growth * Math.floor(steps / every);
}

/** The name of a session at a step, if it has one. */
export function nameAt({ names }: ScriptedSession, step: number): string | undefined {
  return names.findLast(([from]) => from <= step)?.[1];
}

/** Whether the receiver describes the session. */
export function isReported({ servers }: ScriptedSession): boolean {
  return servers.includes('ctxd-receiver');
}

/** Tokens at which a reported session is compacted. */
export function compactionTokens({ windowTokens }: ScriptedSession): number {
  return windowTokens - 33_000;
}

/** Tokens in the window of a session's subagent. */
export function subagentTokens(agentIndex: number, step: number): number {
  return 10_000 * (agentIndex + 1) + 5 * step;
}
