import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { parts as allParts } from '../../compose/parts.ts';
import { backup } from './backup.ts';
import { bytesInWords, bytesOfFolder } from '../../compose/runtime/bytes.ts';
import { liveRuntime, ok, type Outcome, type Run } from './chosen-runtime.ts';
import { restore } from './restore.ts';
import { exitCodes, StackError } from '../../compose/runtime/stack-error.ts';
import { dataDirOf, removeRecord } from '../../compose/runtime/state.ts';

/** `stack:reset`. */
export async function reset(run: Run): Promise<Outcome> {
  const { stack } = run;
  const folders = [
    ...allParts.map(({ name }) => dataDirOf(stack.stateDir, name)),
    join(stack.stateDir, 'log'),
  ];
  const bytes = (await Promise.all(folders.map(bytesOfFolder))).reduce((sum, size) => sum + size, 0);
  const what = `all metrics, dashboards of your own, silences and logs in ${stack.stateDir}: ${bytesInWords(bytes)}`;
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
  await expectConsent(`Replace the data in ${stack.stateDir} by that of ${file}?`, run);
  const data = await restore(file, stack, await liveRuntime(run), record);
  return { ...ok, data };
}

async function expectConsent(question: string, { request, confirm }: Run): Promise<void> {
  if (request.yes) return;
  if (confirm === undefined) {
    const words = [...(request.file === undefined ? [] : [request.file]), '--yes'].join(' ');
    throw new StackError(`${question} Nobody is there to answer.`, {
      remedy: `Say so beforehand: npm run stack:${request.command} -- ${words}`,
      exitCode: exitCodes.usage,
    });
  }
  if (!(await confirm(question))) throw new StackError('Nothing was changed.');
}
