import { execFile } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { printable } from '../../dashboards/text/printable.ts';

const run = promisify(execFile);

type Environment = Readonly<Record<string, string | undefined>>;

/** A command and its arguments. */
export type CommandLine = readonly [command: string, ...args: string[]];

/** A desktop notification. */
export interface Notification {
  readonly title: string;
  readonly text: string;
  readonly isUrgent?: boolean;
}

/** A kind of desktop. WSL shows notifications of Windows. */
export type Desktop = 'macos' | 'linux' | 'wsl';

/** The desktop of this machine; `undefined` without one, as on a server. */
export function desktopIn(
  env: Environment,
  platform: NodeJS.Platform = process.platform,
): Desktop | undefined {
  if (platform === 'darwin') return 'macos';
  if (platform !== 'linux') return undefined;
  if (env['WSL_DISTRO_NAME'] && hasProgram('powershell.exe', env)) return 'wsl';
  const hasScreen = Boolean(env['DISPLAY'] || env['WAYLAND_DISPLAY']);
  return hasScreen && hasProgram('notify-send', env) ? 'linux' : undefined;
}

/** Whether the stack shows its alerts on the desktop: `CTXD_ALERT_DESKTOP`, 1 or 0. Default: where there is a desktop. */
export function wantsDesktop(env: Environment): boolean {
  const wanted = env['CTXD_ALERT_DESKTOP'];
  return wanted ? wanted !== '0' : desktopIn(env) !== undefined;
}

/** The command that shows a notification. The text is never run as a script. */
export function notificationCommand(shown: Notification, desktop: Desktop): CommandLine {
  const [title, text] = [printable(shown.title), linesOf(shown.text)];
  if (desktop === 'wsl') return ['powershell.exe', '-NoProfile', '-EncodedCommand', toastScript(title, text)];
  if (desktop === 'macos') {
    const script = 'on run {body, head}\ndisplay notification body with title head\nend run';
    return ['osascript', '-e', script, text, title];
  }
  const urgency = shown.isUrgent ? 'critical' : 'normal';
  return ['notify-send', '--app-name=ctxd', `--urgency=${urgency}`, '--', title, text];
}

/**
 * Shows a notification on the desktop.
 *
 * @throws Error with the reason if the program for it is missing or fails
 */
export async function showNotification(shown: Notification, env: Environment = process.env): Promise<void> {
  const [command, ...args] = notificationCommand(shown, desktopIn(env) ?? 'linux');
  try {
    await run(command, args, { timeout: 5_000 });
  } catch (error) {
    const { code, stderr = '' } = error as { code?: unknown; stderr?: string };
    const reason = code === 'ENOENT' ? `there is no ${command}` : printable(stderr.trim() || String(code));
    throw new Error(`The desktop notification failed: ${reason}.`, { cause: error });
  }
}

const linesOf = (text: string) => text.split('\n').map(printable).join('\n');

function hasProgram(name: string, { PATH = '' }: Environment): boolean {
  return PATH.split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, name), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** A script for PowerShell in the form of `-EncodedCommand`, with the texts as data. */
function toastScript(title: string, text: string): string {
  const [head, body] = [title, text].map(
    (words) =>
      `[Text.Encoding]::UTF8.GetString([Convert]::FromBase64String('${Buffer.from(words).toString('base64')}'))`,
  );
  const script = [
    '[Windows.UI.Notifications.ToastNotificationManager, Windows.UI.Notifications, ContentType = WindowsRuntime] > $null',
    '$xml = [Windows.UI.Notifications.ToastNotificationManager]::GetTemplateContent([Windows.UI.Notifications.ToastTemplateType]::ToastText02)',
    "$lines = $xml.GetElementsByTagName('text')",
    `$lines.Item(0).AppendChild($xml.CreateTextNode(${head})) > $null`,
    `if ($lines.Count -gt 1) { $lines.Item(1).AppendChild($xml.CreateTextNode(${body})) > $null }`,
    "$app = '{1AC14E77-02E7-4E5D-B744-2EB1AE5198B7}\\WindowsPowerShell\\v1.0\\powershell.exe'",
    '[Windows.UI.Notifications.ToastNotificationManager]::CreateToastNotifier($app).Show([Windows.UI.Notifications.ToastNotification]::new($xml))',
  ];
  return Buffer.from(script.join('\n'), 'utf16le').toString('base64');
}
