import { existsSync } from 'node:fs';
import { userInfo } from 'node:os';
import { dirname, join } from 'node:path';
import { configDirFrom, homeIn } from '../../compose/system/folders.ts';

/** What runs at login. */
interface Launch {
  /** The command line, with the full path of the program. */
  readonly command: readonly string[];
  /** The command line that undoes it. */
  readonly stopCommand: readonly string[];
  readonly variables: Readonly<Record<string, string>>;
  /** Where its output goes, on macOS. */
  readonly logFile: string;
}

/** How one system starts a user's program at login. */
export interface Service {
  /** The file that describes the program. */
  readonly file: string;
  readonly text: (launch: Launch) => string;
  /** Command lines that put the file into effect. */
  readonly enable: readonly (readonly string[])[];
  /** Command lines to run before the file is deleted. */
  readonly disable: readonly (readonly string[])[];
  /** Command lines to run once it is deleted. */
  readonly forget: readonly (readonly string[])[];
}

/** The service of this system: a unit of systemd for this user or, on macOS, an agent of launchd. */
export function serviceOf(env: NodeJS.ProcessEnv, platform: NodeJS.Platform = process.platform): Service {
  return platform === 'darwin' ? launchdAgent(env) : systemdUnit(env);
}

/** Whether the stack starts at login. */
export const startsAtLogin = (env: NodeJS.ProcessEnv): boolean => existsSync(serviceOf(env).file);

function systemdUnit(env: NodeJS.ProcessEnv): Service {
  const systemctl = (...words: string[]) => ['systemctl', '--user', ...words];
  return {
    file: join(dirname(configDirFrom(env)), 'systemd/user/ctxd.service'),
    text: unitText,
    enable: [systemctl('daemon-reload'), systemctl('enable', 'ctxd.service')],
    disable: [systemctl('disable', 'ctxd.service')],
    forget: [systemctl('daemon-reload')],
  };
}

/** A start that fails, such as before Docker is up, is repeated. */
function unitText({ command, stopCommand, variables }: Launch): string {
  return `# Written by ctxd autostart on; ctxd autostart off deletes it.
[Unit]
Description=ctxd, which watches the context windows of Claude Code sessions

[Service]
Type=oneshot
RemainAfterExit=yes
${Object.entries(variables)
  .map(([name, value]) => `Environment=${unitWord(`${name}=${value}`)}\n`)
  .join('')}ExecStart=${command.map(execWord).join(' ')}
ExecStop=${stopCommand.map(execWord).join(' ')}
Restart=on-failure
RestartSec=30
TimeoutStartSec=30min

[Install]
WantedBy=default.target
`;
}

/** A quoted word of a unit, in which `%` starts a specifier. */
const unitWord = (word: string) => `"${word.replaceAll(/["\\]/g, String.raw`\$&`).replaceAll('%', '%%')}"`;

/** In a command line, `$` starts a variable, too. */
const execWord = (word: string) => unitWord(word).replaceAll('$', '$$$$');

function launchdAgent(env: NodeJS.ProcessEnv): Service {
  const file = join(homeIn(env), 'Library/LaunchAgents/ctxd.plist');
  const domain = `gui/${userInfo().uid}`;
  return {
    file,
    text: agentText,
    enable: [['launchctl', 'bootstrap', domain, file]],
    disable: [['launchctl', 'bootout', `${domain}/ctxd`]],
    forget: [],
  };
}

/** launchd would end the parts together with the command that started them, but for `AbandonProcessGroup`. */
function agentText({ command, variables, logFile }: Launch): string {
  const strings = command.map((word) => `    <string>${xml(word)}</string>`).join('\n');
  const pairs = Object.entries(variables)
    .map(([name, value]) => `    <key>${xml(name)}</key>\n    <string>${xml(value)}</string>`)
    .join('\n');
  return `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
<dict>
  <key>Label</key>
  <string>ctxd</string>
  <key>ProgramArguments</key>
  <array>
${strings}
  </array>
  <key>EnvironmentVariables</key>
  <dict>
${pairs}
  </dict>
  <key>RunAtLoad</key>
  <true/>
  <key>AbandonProcessGroup</key>
  <true/>
  <key>StandardOutPath</key>
  <string>${xml(logFile)}</string>
  <key>StandardErrorPath</key>
  <string>${xml(logFile)}</string>
  <key>WorkingDirectory</key>
  <string>${xml(dirname(logFile))}</string>
</dict>
</plist>
`;
}

const xml = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
