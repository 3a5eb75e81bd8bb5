import { Argument, type Command, Option } from 'commander';
import {
  commandNamed as stackCommandNamed,
  type CommandName,
  commandNames,
  optionNamed,
  optionsOf,
  partNames,
} from '../stack/command-table.ts';
import { commands } from './command-table.ts';

/**
 * Adds the commands that read their own arguments, for the help and for completion: `main` runs them before commander
 * sees them.
 */
export function addOwnCommands(program: Command): void {
  for (const [name, { heading, meaning, subcommands = {} }] of Object.entries(commands)) {
    const command = program.command(name).description(`${meaning}.`).helpGroup(heading).helpOption(false);
    addArguments(command, name);
    for (const [subcommand, description] of Object.entries(subcommands)) {
      addArguments(command.command(subcommand).description(`${description}.`), subcommand);
    }
  }
}

function addArguments(command: Command, name: string): void {
  if (!commandNames.includes(name as CommandName)) return;
  const { argument } = stackCommandNamed(name as CommandName);
  if (argument === '[PART]') command.addArgument(new Argument('[part]').choices(partNames));
  if (argument === 'FILE') command.argument('<file>');
  for (const option of optionsOf(name as CommandName)) {
    const { value, short, choices, meaning } = optionNamed(option);
    const flags = `${short ? `-${short}, ` : ''}--${option}${value ? ` <${value}>` : ''}`;
    const added = new Option(flags, meaning);
    command.addOption(choices ? added.choices(choices) : added);
  }
}
