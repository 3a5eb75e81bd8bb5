import { exitCodes } from '../../compose/system/stack-error.ts';
import type { Surface } from '../reach/surface.ts';
import { glance, glances } from './glance.ts';
import { commandNamed as stackCommandNamed, type CommandName, commandNames } from '../stack/command-table.ts';

/** Runs a command line, without the command's own name, and returns the exit status. */
type RunCommand = (args: readonly string[], surface: Surface) => Promise<number>;

/** A command that reads its own arguments. */
export interface Command {
  /** Heading in `ctxd --help`. */
  readonly heading: string;
  readonly meaning: string;
  /** The words that it takes as its first argument, with their meanings. */
  readonly subcommands?: Readonly<Record<string, string>>;
  /** The signals that it handles itself. Default: none; they end the process at once. */
  readonly signals?: readonly NodeJS.Signals[];
  /** Whether it reads `ctxd.env`. Default: it does. */
  readonly readsSettings?: false;
  /** Loads its code, which happens only when it runs. */
  readonly load: () => Promise<RunCommand>;
}

const stackSignals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
const signals = ['SIGINT', 'SIGTERM'] as const;

const stack = (name: CommandName): Command => ({
  heading: 'Stack:',
  meaning: stackCommandNamed(name).meaning,
  signals: stackSignals,
  load: async () => {
    const { stackCommand } = await import('../stack/main.ts');
    return async (args, surface) => await stackCommand([name, ...args], surface);
  },
});

/** The commands that read their own arguments, by name. */
export const commands: Readonly<Record<string, Command>> = {
  ...Object.fromEntries(commandNames.map((name) => [name, stack(name)])),
  stack: {
    heading: 'Stack:',
    meaning: 'Runs any of these commands: ctxd stack up is ctxd up',
    subcommands: Object.fromEntries(commandNames.map((name) => [name, stackCommandNamed(name).meaning])),
    signals: stackSignals,
    load: async () => (await import('../stack/main.ts')).stackCommand,
  },
  connect: {
    heading: 'Claude Code:',
    meaning: 'Makes Claude Code report its sessions to the stack',
    load: async () => (await import('../connect/main.ts')).connectCommand,
  },
  disconnect: {
    heading: 'Claude Code:',
    meaning: "Puts Claude Code's settings back as they were",
    load: async () => (await import('../connect/main.ts')).disconnectCommand,
  },
  doctor: {
    heading: 'Claude Code:',
    meaning: 'Shows which reports arrive and how to fix those that do not',
    load: async () => (await import('../connect/doctor.ts')).doctor,
  },
  ...Object.fromEntries(
    Object.entries(glances).map(([name, meaning]) => [
      name,
      {
        heading: 'Prompts:',
        meaning,
        readsSettings: false,
        load: async () => runGlance(name as keyof typeof glances),
      },
    ]),
  ),
  alerts: {
    heading: 'Alerts and dashboards:',
    meaning: 'Lists alerts, silences them, or sends a test alert',
    subcommands: {
      list: 'Lists the newest alerts',
      test: 'Sends a test alert through every receiver',
      silence: 'Silences alerts for a time',
    },
    signals,
    load: async () => (await import('../alerts/main.ts')).alertsCommand,
  },
  dashboards: {
    heading: 'Alerts and dashboards:',
    meaning: 'Uploads the dashboards to your own Grafana: ctxd dashboards push',
    subcommands: { push: 'Uploads the dashboards to your own Grafana' },
    load: async () => (await import('../dashboards/main.ts')).dashboardsCommand,
  },
  demo: {
    heading: 'Other:',
    meaning: 'Plays eight real MCP sessions; --monitor shows them',
    signals,
    load: async () => {
      await loadPackageFromSource();
      return (await import('../demo/main.ts')).demoCommand;
    },
  },
  receiver: {
    heading: 'Other:',
    meaning: 'Runs the receiver alone, without the stack',
    load: async () => runReceiver,
  },
  generate: {
    heading: 'Other:',
    meaning: 'Writes the generated files of this repository',
    readsSettings: false,
    load: async () => (await import('../generate/main.ts')).generateCommand,
  },
  bench: {
    heading: 'Other:',
    meaning: 'Measures cost, memory, stalls and latency',
    readsSettings: false,
    load: async () => {
      await loadPackageFromSource();
      return (await import('../bench/main.ts')).benchCommand;
    },
  },
};

/** The command of that name, if it is one that reads its own arguments. */
export function commandNamed(name: string): Command | undefined {
  return Object.hasOwn(commands, name) ? commands[name] : undefined;
}

const runGlance =
  (name: keyof typeof glances): RunCommand =>
  async (args) => {
    await glance(name, args);
    return exitCodes.ok;
  };

const receiverUsage = `Usage: ctxd receiver, or npm run receiver

Runs the receiver alone, until it is interrupted. Its settings: docs/settings.md.`;

async function runReceiver(args: readonly string[], { print }: Surface): Promise<number> {
  if (args.includes('--help') || args.includes('-h')) {
    print(receiverUsage);
    return exitCodes.ok;
  }
  await import('../receiver/main.ts');
  return Number(process.exitCode ?? exitCodes.ok);
}

/** Makes imports of `koa-context-window` load its source, since this repository has no build of it. */
async function loadPackageFromSource(): Promise<void> {
  const { registerHooks } = await import('node:module');
  registerHooks({
    resolve: (specifier, context, next) =>
      next(specifier, { ...context, conditions: [...context.conditions, '@koa-context-window/source'] }),
  });
}
