import { type ChannelName, type ChannelReader, channels, type DesktopReceiver } from './channels.ts';
import { settingVariables } from './settings.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** Where alerts are sent, and when they are not. */
export interface Delivery {
  /** Alertmanager's receivers besides the inbox. */
  readonly receivers: readonly {
    readonly name: ChannelName;
    readonly [configs: `${string}_configs`]: readonly unknown[];
  }[];
  /** File with a URL that the watchdog is sent to, too. */
  readonly watchdogUrlFile?: string;
  /** How long until an alert that still fires is repeated, such as `4h`. */
  readonly repeat: string;
  /** Times of day and days of the week when only the inbox is notified. */
  readonly mute: readonly MuteTime[];
  /** The secrets. Alertmanager reads a copy of each. */
  readonly secrets: readonly Secret[];
  /** Other files that Alertmanager reads, beside the secrets: name → content. */
  readonly files: Readonly<Record<string, string>>;
}

/** A secret in a file that a variable names. */
interface Secret {
  readonly variable: string;
  /** Converts the file's content to what Alertmanager reads. Throws a RangeError that names the variable if it is wrong. */
  readonly written: (content: string) => string;
}

/** In Alertmanager's form, where a time never spans midnight. */
type MuteTime =
  | { readonly times: readonly [{ readonly start_time: string; readonly end_time: string }] }
  | { readonly weekdays: readonly [string] };

const generalVariables = ['CTXD_ALERT_REPEAT', 'CTXD_ALERT_MUTE', 'CTXD_ALERT_WATCHDOG_URL_FILE'];

/**
 * Reads from the environment where alerts are sent. Each channel has a variable that enables it; secrets are in the files that
 * `CTXD_ALERT_…_FILE` name.
 *
 * @param secretPath - gives the path at which Alertmanager reads the secret of a variable.
 * @param desktop - what shows notifications on the desktop. Default: nothing does.
 * @throws RangeError naming the variable that is unknown, missing or wrong
 */
export function deliveryFrom(
  env: Environment,
  secretPath: (variable: string) => string,
  desktop?: DesktopReceiver,
): Delivery {
  refuseUnknown(env);
  const secrets: Secret[] = [];
  const files: Record<string, string> = {};
  const secret: ChannelReader['secret'] = (variable, written = (content) => content) => {
    if (!env[variable]) throw new RangeError(`Expected ${variable} to name a file, got nothing`);
    secrets.push({ variable, written });
    return secretPath(variable);
  };
  const read: ChannelReader = {
    given: (variable) => env[variable] || undefined,
    need: (variable, rule, isRight) => checked(env, variable, rule, isRight),
    secret,
    desktop: desktop ?? { url: '' },
    file: (name, content) => {
      files[name] = content;
      return secretPath(name);
    },
  };
  const receivers = (Object.keys(channels) as ChannelName[])
    .filter((name) => (name === 'desktop' ? desktop !== undefined : env[channels[name].on]))
    .map((name) => ({ name, ...channels[name].receiver(read) }));
  const watchdog = 'CTXD_ALERT_WATCHDOG_URL_FILE';
  return {
    receivers,
    ...(env[watchdog] && { watchdogUrlFile: secret(watchdog) }),
    repeat: checked(
      { CTXD_ALERT_REPEAT: '4h', ...nonEmpty(env) },
      'CTXD_ALERT_REPEAT',
      'a time such as 30m or 4h',
      isTime,
    ),
    mute: (env['CTXD_ALERT_MUTE'] ?? '')
      .split(/[,\s]+/)
      .filter(Boolean)
      .flatMap(muteTimes),
    secrets,
    files,
  };
}

const isTime = (value: string) => /^[1-9]\d*[mhd]$/.test(value);

const nonEmpty = (env: Environment) => Object.fromEntries(Object.entries(env).filter(([, value]) => value));

function checked(
  env: Environment,
  variable: string,
  rule: string,
  isRight: (value: string) => boolean,
): string {
  const value = env[variable] ?? '';
  if (isRight(value)) return value;
  throw new RangeError(`Expected ${variable} to be ${rule}, got \`${value}\``);
}

function refuseUnknown(env: Environment): void {
  const known = new Set([
    ...generalVariables,
    ...settingVariables,
    ...Object.values(channels).flatMap(({ on, variables }) => [on, ...variables]),
  ]);
  const unknown = Object.keys(env).find((name) => name.startsWith('CTXD_ALERT_') && !known.has(name));
  if (unknown === undefined) return;
  throw new RangeError(
    `Expected the variables of alerts to be ${[...known].toSorted().join(', ')}, got ${unknown}`,
  );
}

const weekdays = new Set(['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday']);

/** `22:00-07:00` spans midnight, so it becomes two times. */
function muteTimes(text: string): readonly MuteTime[] {
  const day = text.toLowerCase();
  if (weekdays.has(day)) return [{ weekdays: [day] }];
  const [, start = '', end = ''] =
    /^((?:[01]\d|2[0-3]):[0-5]\d)-((?:[01]\d|2[0-3]):[0-5]\d|24:00)$/.exec(text) ?? [];
  if (start === end) {
    throw new RangeError(
      `Expected CTXD_ALERT_MUTE to be times such as 22:00-07:00 and days such as saturday, got \`${text}\``,
    );
  }
  const time = (start_time: string, end_time: string): MuteTime => ({ times: [{ start_time, end_time }] });
  if (start < end) return [time(start, end)];
  return end === '00:00' ? [time(start, '24:00')] : [time(start, '24:00'), time('00:00', end)];
}
