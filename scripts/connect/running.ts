import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { readRegularFile } from '#regular-file';
import { commandLineOf } from '../../instrumentation/src/receiver/reports/command-line.ts';
import { readSessionFile, stateOfProcess } from '../../instrumentation/src/receiver/reports/session-file.ts';
import type { Places } from './places.ts';

/** A Claude Code session that is running on this machine. */
export interface RunningSession {
  readonly id: string;
  /** How it was started: `cli`, `sdk-cli` (`claude -p`), `sdk-ts`, `sdk-py`, … */
  readonly entrypoint: string | undefined;
  /** When it started, in wall-clock milliseconds. */
  readonly startedAtMillis: number | undefined;
  /** Its command line; empty if the system does not show it. */
  readonly commandLine: string;
}

/** The sessions running on this machine, found through Claude Code's own session files. Never rejects. */
export async function runningSessions({ sessions: folder }: Places): Promise<RunningSession[]> {
  const names = await readdir(folder).catch(() => []);
  const files = names.filter((name) => name.endsWith('.json')).map((name) => join(folder, name));
  return (await Promise.all(files.map(sessionIn))).flat();
}

async function sessionIn(path: string): Promise<RunningSession[]> {
  const { process } = readSessionFile(await readRegularFile(path).catch(() => ''));
  if (process === undefined || (await stateOfProcess(process)) !== 'running') return [];
  const commandLine = await commandLineOf(process.pid);
  const { observation, entrypoint, startedAtMillis } = process;
  return [{ id: observation.sessionId, entrypoint, startedAtMillis, commandLine }];
}

/** When the first of these places was connected, in wall-clock milliseconds; `undefined` if none is. */
export async function connectedAt(places: readonly Places[]): Promise<number | undefined> {
  const times = await Promise.all(
    places.map(
      async ({ record }) =>
        await stat(record).then(
          ({ mtimeMs }) => mtimeMs,
          () => Infinity,
        ),
    ),
  );
  const first = Math.min(...times);
  return first === Infinity ? undefined : first;
}

/**
 * Why a session sends no telemetry and no hooks; `undefined` if no reason is known.
 *
 * @param connectedAtMillis - when the settings were connected, in wall-clock milliseconds.
 */
export function silenceReason(
  { commandLine, entrypoint, startedAtMillis }: RunningSession,
  connectedAtMillis: number | undefined,
): string | undefined {
  const flag = /(?:^|\s)(--bare|--safe-mode|--restricted)(?=\s|$)/.exec(commandLine)?.[1];
  if (flag !== undefined) return `it runs with ${flag}, which ignores the settings`;
  const [, sources] = /(?:^|\s)--setting-sources[= ](\S*)/.exec(commandLine) ?? [];
  if (sources !== undefined && !sources.split(',').includes('user')) {
    return 'it runs without the user settings (--setting-sources, or `settingSources` in the SDK)';
  }
  if (/^sdk-(ts|py)/.test(entrypoint ?? '') && sources === undefined) {
    return "the SDK reads no settings unless `settingSources` includes 'user'";
  }
  if (connectedAtMillis === undefined || (startedAtMillis ?? Infinity) >= connectedAtMillis) return undefined;
  return 'it started before Claude Code was connected, and it reads the telemetry settings only when it starts';
}
