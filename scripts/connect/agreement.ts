import { StackError } from '../../compose/system/stack-error.ts';
import type { Surface as WholeSurface } from '../reach/surface.ts';
import type { ConnectArguments } from './arguments.ts';
import { lineDiff } from './line-diff.ts';
import { expectWritable, readSettings, type SettingsFile } from './settings-file.ts';

/** The parts of the process that connect, disconnect and doctor use. */
export type Surface = Pick<WholeSurface, 'env' | 'folder' | 'print' | 'printError' | 'ask'>;

/** A change to a settings file that needs the user's consent. */
export interface Change {
  readonly file: SettingsFile;
  /** The new text; `undefined` removes the file. */
  readonly text: string | undefined;
}

/**
 * Shows a change and returns whether to write it. Asks the user unless `--yes` or `--dry-run` is set. Throws if the file is
 * not writable or has changed since it was read.
 */
export async function isAgreed(
  { file, text }: Change,
  { yes, dryRun }: Pick<ConnectArguments, 'yes' | 'dryRun'>,
  { print, ask }: Surface,
): Promise<boolean> {
  for (const line of ['', ...lineDiff((file.text ?? '').trimEnd(), (text ?? '').trimEnd()), '']) print(line);
  if (dryRun) {
    print('Nothing was written (--dry-run).');
    return false;
  }
  await expectWritable(file);
  if (!yes && !isYes(await ask('Write this change? [y/N] '))) {
    print('Nothing was written. To write without asking: --yes');
    return false;
  }
  if ((await readSettings(file.path)).text === file.text) return true;
  throw new StackError(`${file.path} has changed since it was read.`, {
    remedy: 'Nothing was written. Run the command again to see the change to the new version.',
  });
}

function isYes(answer: string | undefined): boolean {
  return /^\s*y(es)?\s*$/i.test(answer ?? '');
}
