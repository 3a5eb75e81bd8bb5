import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { parts as allParts } from '../../compose/parts.ts';
import { bytesInWords, bytesOfFolder } from '../../compose/system/bytes.ts';
import { StackError, UsageError } from '../../compose/system/stack-error.ts';
import { dataDirOf, removeRecord } from '../../compose/runtime/state.ts';
import { backup } from './backup.ts';
import { liveRuntime } from './chosen-runtime.ts';
import { restore } from './restore.ts';
import { ok, type Outcome, type Run } from './run.ts';

/** `stack:reset`. */
export async function reset(run: Run): Promise<Outcome> {
  const { stack } = run;
  const folders = [
    ...allParts.map(({ name }) => dataDirOf(stack.stateDir, name)),
    join(stack.stateDir, 'log'),
  ];
  const bytes = (await Promise.all(folders.map(bytesOfFolder))).reduce((sum, size) => sum + size, 0);
  const what = `all metrics, your own dashboards, silences and logs in ${stack.stateDir}: ${bytesInWords(bytes)}`;
  await expectConsent(`Delete ${what}?`, run);
  await (await liveRuntime(run))?.stop(allParts);
  await removeRecord(stack.stateDir);
  for (const folder of folders) await rm(folder, { recursive: true, force: true });
  stack.print(`Deleted ${what}. The secrets stay.`);
  return { ...ok, status: 'stopped', data: { deletedBytes: bytes } };
}

/** `stack:backup`. */
export async function runBackup(run: Run): Promise<Outcome> {
  return { ...ok, data: await backup(run.request.file ?? '', run.stack, await liveRuntime(run)) };
}

/** `stack:restore`. */
export async function runRestore(run: Run): Promise<Outcome> {
  const { stack, record } = run;
  const file = run.request.file ?? '';
  const agree = async () =>
    await expectConsent(`Replace the data in ${stack.stateDir} with the data in ${file}?`, run);
  const data = await restore({ file, agree }, stack, await liveRuntime(run), record);
  return { ...ok, data };
}

async function expectConsent(question: string, { request, confirm }: Run): Promise<void> {
  if (request.yes) return;
  if (confirm === undefined) {
    const words = [...(request.file === undefined ? [] : [request.file]), '--yes'].join(' ');
    throw new UsageError(`${question} Nobody is there to answer.`, {
      remedy: `Answer in advance: npm run stack:${request.command} -- ${words}`,
    });
  }
  if (!(await confirm(question))) throw new StackError('Nothing was changed.');
}
