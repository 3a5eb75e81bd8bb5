import { didYouMean } from '../reach/nearest.ts';
import { variables } from '../reach/variables.ts';
import { type SettingsFile, settingsLines } from '../reach/settings-file.ts';

const known = variables.map(({ name }) => name);

/** A sentence for each `CTXD_…` variable in an environment that ctxd does not know. */
export function environmentWarnings(env: NodeJS.ProcessEnv): string[] {
  return Object.keys(env)
    .filter(isUnknown)
    .map((name) => `${name} is not a setting of ctxd.${hint(name)}`);
}

/** A sentence for each line of a settings file that sets no variable that ctxd knows. */
export function settingsFileWarnings({ name: file, text }: SettingsFile): string[] {
  return settingsLines(text).flatMap(({ number, name }) => {
    // The line is not repeated, since it may hold a secret.
    if (name === undefined) return [`${file}:${number}: ignored, because it is not NAME=value.`];
    return isUnknown(name) ? [`${file}:${number}: ${name} is not a setting of ctxd.${hint(name)}`] : [];
  });
}

function isUnknown(name: string): boolean {
  return name.startsWith('CTXD_') && !known.includes(name);
}

function hint(name: string): string {
  const question = didYouMean(name, known);
  return question === undefined ? '' : ` ${question}`;
}
