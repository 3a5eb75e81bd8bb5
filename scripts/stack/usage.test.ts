import { expect, test } from 'vitest';
import { parseArguments } from './arguments.ts';
import { commandNamed, commandNames, optionNamed, type OptionName, optionsOf } from './command-table.ts';
import { usage } from './usage.ts';

test.each(commandNames)('the help and the parser know %s as the table does', (name) => {
  const { argument, meaning } = commandNamed(name);
  expect(usage).toContain(`  ${argument === undefined ? name : `${name} ${argument}`} `);
  expect(usage).toContain(`  ${meaning}.\n`);
  const words = argument === 'FILE' ? [name, 'a.tgz'] : [name];
  expect(parseArguments(words).command).toBe(name);
});

const options = [...new Set(commandNames.flatMap(optionsOf))];

test.each(options)('the help and the parser know --%s', (option: OptionName) => {
  const { value, short } = optionNamed(option);
  expect(usage).toContain(`${short ? `-${short}, ` : ''}--${option}${value ? ` ${value}` : ''} `);
  if (value === undefined) expect(() => parseArguments(['up', `--${option}`])).not.toThrow();
  else expect(() => parseArguments(['up', `--${option}`])).toThrow(`--${option}`);
});
