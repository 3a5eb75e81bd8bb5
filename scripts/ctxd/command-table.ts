import { exitCodes } from '../../compose/system/stack-error.ts';
import type { Surface } from '../reach/surface.ts';
import { cloneCommands, loadPackageFromSource } from './clone-commands.ts';
import type { Command, RunCommand } from './command.ts';
import { glance, glances } from './glance.ts';
import { commandNamed as stackCommandNamed, type CommandName, commandNames } from '../stack/command-table.ts';

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
  autostart: {
    heading: 'Stack:',
    meaning: 'Starts the stack whenever you log in: on or off',
    subcommands: { on: 'Starts the stack at login', off: 'Does not start it at login' },
    load: async () => (await import('../autostart/main.ts')).autostartCommand,
  },
  uninstall: {
    heading: 'Stack:',
    meaning: 'Disconnects, stops, and deletes all that ctxd has written, after asking',
    signals: stackSignals,
    load: async () => (await import('../uninstall/main.ts')).uninstallCommand,
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
  rules: {
    heading: 'Alerts and dashboards:',
    meaning: 'Prints the alert rules for a Prometheus or vmalert of your own',
    load: async () => (await import('../rules/main.ts')).rulesCommand,
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
  ...cloneCommands,
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
