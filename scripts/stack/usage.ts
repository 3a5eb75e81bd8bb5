import { variablesHelp } from '../reach/variables.ts';
import {
  commandNamed,
  commandNames,
  commonOptions,
  optionNamed,
  type OptionName,
  optionsOf,
  stackOptions,
} from './command-table.ts';

/** What `--help` prints. */
export const usage = `Usage: ctxd COMMAND [OPTIONS], or npm run stack:COMMAND [-- OPTIONS]

${commandLines().join('\n')}

${optionLines().join('\n')}

Environment:
${variablesHelp('stack', 'remote', 'ports', 'images', 'thresholds', 'alerts')}
All other settings: docs/settings.md.

Exit status: 0 ok, 1 failure, 2 usage, 3 port taken, 4 no runtime, 5 not healthy in time, 6 another run is changing
the stack, 130 interrupted. Of status: 0 healthy, 1 stopped, 2 degraded.`;

function commandLines(): string[] {
  return commandNames.map((name) => {
    const { argument, meaning } = commandNamed(name);
    return `  ${[name, argument].filter(Boolean).join(' ').padEnd(15)}  ${meaning}.`;
  });
}

function optionLines(): string[] {
  const names = Object.keys(stackOptions) as OptionName[];
  return names.map((name) => {
    const { value, short, meaning } = optionNamed(name);
    const words = `${short ? `-${short}, ` : ''}--${name}${value ? ` ${value}` : ''}`;
    return `  ${words.padEnd(24)}  ${meaning}${takenBy(name)}`;
  });
}

/** The commands that an option is for, unless it is for all. */
function takenBy(option: OptionName): string {
  if (commonOptions.includes(option)) return '';
  return ` (${commandNames.filter((name) => optionsOf(name).includes(option)).join(', ')})`;
}
