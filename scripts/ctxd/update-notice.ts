import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { cacheDirFrom, moduleExtension, npxFolder } from '../../compose/system/folders.ts';

/** The run of a command, as far as the notice depends on it. */
export interface NoticedRun {
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  /** Whether a person reads the output. */
  readonly isTerminal: boolean;
  /** The version that runs. */
  readonly version: string;
  readonly nowMillis: number;
  /** Prints the notice. */
  readonly print: (line: string) => void;
  /** Looks for the newest version in the background, and writes it into the file. */
  readonly startCheck: (file: string) => void;
}

/** What is known about versions. */
export interface UpdateRecord {
  /** When it was last looked for a version, and when a notice was last printed, in milliseconds since 1970. */
  readonly checkedMillis?: number;
  readonly noticedMillis?: number;
  /** The newest version, when it was last looked for. */
  readonly latest?: string;
}

const dayMillis = 86_400_000;

/** Commands that end with ctxd, or whose output other programs read. */
const silent = new Set(['uninstall', 'completion', 'complete', 'segment', 'statusline', 'receiver']);

/** Prints one line when there is a newer version, and looks for one in the background: each once a day at most. */
export function noticeUpdate(run: NoticedRun): void {
  const { args, env, isTerminal, nowMillis } = run;
  const isWanted = isTerminal && !env['CI'] && !env['CTXD_NO_UPDATE_CHECK'];
  if (!isWanted || args.includes('--json') || silent.has(args[0] ?? '')) return;
  const file = updateFile(env);
  const before = readUpdateRecord(file);
  const { latest = '', checkedMillis, noticedMillis } = before;
  const isDue = (millis = 0) => nowMillis - millis >= dayMillis || millis > nowMillis;
  const [notices, checks] = [isNewer(latest, run.version) && isDue(noticedMillis), isDue(checkedMillis)];
  if (!notices && !checks) return;
  const after = { ...(notices && { noticedMillis: nowMillis }), ...(checks && { checkedMillis: nowMillis }) };
  // Without the file the next command would notice and check again.
  if (!wrote(file, { ...before, ...after })) return;
  if (notices) run.print(`ctxd ${latest} is out; this is ${run.version}. Update: ${updateCommand}`);
  if (checks) run.startCheck(file);
}

/** npx runs the copy that it keeps, so the copy has to go. */
const updateCommand =
  npxFolder === undefined
    ? 'npm install --global ctxd && ctxd upgrade'
    : `rm -r '${npxFolder}' && npx ctxd upgrade`;

/** The file that keeps what is known about versions. */
const updateFile = (env: NodeJS.ProcessEnv) => join(cacheDirFrom(env), 'update.json');

/** What a file says about versions; nothing when it is missing or damaged. */
export function readUpdateRecord(file: string): UpdateRecord {
  try {
    const record = JSON.parse(readFileSync(file, 'utf8')) as UpdateRecord | null;
    return typeof record === 'object' && record !== null ? record : {};
  } catch {
    return {};
  }
}

function wrote(file: string, record: UpdateRecord): boolean {
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    writeFileSync(file, JSON.stringify(record));
    return true;
  } catch {
    return false;
  }
}

/** Whether a version is later than another. Pre-releases never are. */
export function isNewer(version: string, than: string): boolean {
  return /^\d+\.\d+\.\d+$/.test(version) && version.localeCompare(than, 'en', { numeric: true }) > 0;
}

/** Starts a process that outlives this one and looks for the newest version. */
export function startUpdateCheck(file: string): void {
  const script = join(import.meta.dirname, `update-check${moduleExtension}`);
  const child = spawn(process.execPath, [script, file], { detached: true, stdio: 'ignore' });
  child.once('error', () => undefined).unref();
}
