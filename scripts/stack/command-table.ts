import { namesOf, parts } from '../../compose/parts.ts';

/** An option of the stack commands. */
interface StackOption {
  /** What follows it, such as `SECONDS`; a flag takes nothing. */
  readonly value?: string;
  readonly short?: string;
  readonly default?: string;
  readonly choices?: readonly string[];
  readonly meaning: string;
}

/** The options of the stack commands, by name. */
export const stackOptions = {
  runtime: {
    value: 'docker|native',
    choices: ['docker', 'native'],
    meaning: 'Default: docker if an engine answers, otherwise native.',
  },
  ports: { value: 'auto', choices: ['auto'], meaning: 'Uses free ports in place of taken ones.' },
  without: {
    value: 'PART[,PART]',
    default: '',
    meaning: 'Omits parts: grafana, receiver, vmalert, alertmanager; with --send-to victoriametrics, too.',
  },
  'send-to': { value: 'URL', meaning: 'Also sends all metrics to a stack on another machine.' },
  'token-file': { value: 'FILE', meaning: 'File with the token for --send-to.' },
  timeout: {
    value: 'SECONDS',
    default: '60',
    meaning: 'How long to wait for each part to be healthy, and for another run to finish. Default: 60.',
  },
  tail: { value: 'LINES', default: '50', meaning: 'How many lines to print first. Default: 50.' },
  follow: { short: 'f', meaning: 'Keeps printing new lines.' },
  'dry-run': { meaning: 'Shows what would happen and changes nothing.' },
  open: { meaning: 'Opens Grafana at the end or, without Grafana, the page.' },
  page: { meaning: 'Opens the page instead of Grafana.' },
  admin: { meaning: 'Opens Grafana as admin instead of as a viewer.' },
  pull: { meaning: 'Pulls images again and restarts the parts whose image changed (docker).' },
  'no-rollback': { meaning: 'Leaves what was started running if the start fails.' },
  yes: { short: 'y', meaning: 'Does not ask for confirmation.' },
  json: { meaning: 'Prints one object: command, status, data, warnings, error.' },
  help: { short: 'h', meaning: 'Prints this help.' },
} as const satisfies Record<string, StackOption>;

/** The name of an option, without the dashes. */
export type OptionName = keyof typeof stackOptions;

/** A stack command. */
interface StackCommand {
  /** Its argument: `[…]` where it is optional. */
  readonly argument?: 'FILE' | '[PART]';
  readonly meaning: string;
  /** The options that make a difference to it, besides those of all commands. */
  readonly options: readonly OptionName[];
  /** Whether it changes nothing, and so may run beside any other. */
  readonly onlyReads?: true;
}

/** The options of all commands. */
export const commonOptions: readonly OptionName[] = ['runtime', 'timeout', 'json', 'help'];

/** The stack commands, by name, in the order in which the help lists them. */
const stackCommands = {
  up: {
    meaning: 'Starts what is not running and waits until it works. Undoes a start that fails',
    options: [
      'ports',
      'without',
      'send-to',
      'token-file',
      'dry-run',
      'open',
      'page',
      'admin',
      'pull',
      'no-rollback',
    ],
  },
  down: { meaning: 'Stops the stack and keeps its data', options: [] },
  status: {
    meaning: 'Shows health, version, uptime, memory and data of each part',
    options: [],
    onlyReads: true,
  },
  logs: { argument: '[PART]', meaning: 'Prints the logs', options: ['follow', 'tail'], onlyReads: true },
  restart: { argument: '[PART]', meaning: 'Stops and starts all parts, or one', options: [] },
  open: {
    meaning: 'Opens Grafana or, without Grafana, the page in the browser',
    options: ['page', 'admin'],
    onlyReads: true,
  },
  upgrade: {
    meaning: 'Fetches the pinned versions and restarts the parts that change',
    options: ['no-rollback'],
  },
  backup: {
    argument: 'FILE',
    meaning: 'Writes all data to an archive, even while the stack runs',
    options: [],
  },
  restore: {
    argument: 'FILE',
    meaning: "Replaces all data with an archive's, after asking",
    options: ['yes'],
  },
  reset: { meaning: 'Deletes all data and logs, after asking. Keeps the secrets', options: ['yes'] },
} as const satisfies Record<string, StackCommand>;

/** The name of a stack command. */
export type CommandName = keyof typeof stackCommands;

/** The names of the stack commands. */
export const commandNames = Object.keys(stackCommands) as CommandName[];

/** The table's row for a command. */
export const commandNamed = (name: CommandName): StackCommand => stackCommands[name];

/** The options that a command takes. */
export const optionsOf = (name: CommandName): readonly OptionName[] => [
  ...commandNamed(name).options,
  ...commonOptions,
];

/** An option's row in the table. */
export const optionNamed = (name: OptionName): StackOption => stackOptions[name];

/** The names of the parts, for arguments. */
export const partNames = namesOf(parts);
