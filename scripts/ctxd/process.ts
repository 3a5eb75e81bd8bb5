import { isPackage } from '../../compose/system/folders.ts';
import { StackError } from '../../compose/system/stack-error.ts';
import { processSurface } from '../reach/surface.ts';
import { commandNamed } from './command-table.ts';
import { main, version } from './main.ts';
import { addSettings, readSettingsFiles } from '../reach/settings-file.ts';

const args = process.argv.slice(2);
const command = commandNamed(args[0] ?? '');
const surface = processSurface(command?.signals ?? []);
process.exitCode = await run();
if (isPackage) await noticeNewVersion();

/** After the command, so that it delays nothing. */
async function noticeNewVersion(): Promise<void> {
  const { noticeUpdate, startUpdateCheck } = await import('./update-notice.ts');
  noticeUpdate({
    args,
    env: process.env,
    isTerminal: process.stdout.isTTY && process.stderr.isTTY,
    version: await version(),
    nowMillis: Date.now(),
    print: surface.printError,
    startCheck: startUpdateCheck,
  });
}

async function run(): Promise<number> {
  try {
    if (command?.readsSettings !== false) await readSettings();
  } catch (error) {
    if (!(error instanceof StackError)) throw error;
    surface.printError(error.message);
    return error.exitCode;
  }
  return await main(args, surface);
}

/** Adds the settings files to the environment and warns about settings, in either, that ctxd does not know. */
async function readSettings(): Promise<void> {
  const files = readSettingsFiles(process.env);
  if (files.length === 0 && !Object.keys(process.env).some((name) => name.startsWith('CTXD_'))) return;
  const { environmentWarnings, settingsFileWarnings } = await import('./setting-warnings.ts');
  const warnings = [...environmentWarnings(process.env), ...files.flatMap(settingsFileWarnings)];
  for (const warning of warnings) surface.printError(warning);
  addSettings(process.env, files);
}
