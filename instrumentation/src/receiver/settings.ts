import { homedir } from 'node:os';
import { join } from 'node:path';
import { collectorTokenIn } from '../collector-token.ts';
import { readRegularFileSync } from '../regular-file.ts';
import { stateDirIn } from '../state-dir.ts';
import { thresholdsFrom } from '../thresholds.ts';
import { claudeWindowSettings } from './claude-window-settings.ts';
import { windowSettingsFrom } from './sessions/model-windows.ts';
import type { ReceiverOptions } from './receiver-options.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads the receiver's options from the environment:
 *
 * - `CTXD_RECEIVER_LISTEN` (`host:port`), or `CTXD_RECEIVER_PORT` on 127.0.0.1; default `127.0.0.1:4319`
 * - `CTXD_RECEIVER_TOKEN`, or `CTXD_RECEIVER_TOKEN_FILE` with a file that contains it: the bearer token that requests must carry;
 *   default: none
 * - `CTXD_RECEIVER_AUTH=0`: no token is required, whatever these two say
 * - `CTXD_RECEIVER_SHIELDED=1`: no token is needed beyond loopback, as in a container whose port is published on 127.0.0.1
 * - `CTXD_RECEIVER_HOSTS`: further host names that requests may use, separated by commas
 * - `CTXD_RECEIVER_DATA_DIR`: folder of the snapshot; default `data/receiver` in `CTXD_STATE_DIR` or `~/.local/state/ctxd`
 * - `CTXD_COLLECTOR_TOKEN_FILE`: file with the collector's bearer token; no token if the file is missing
 * - `CTXD_ALERTMANAGER_URL` and `CTXD_VICTORIAMETRICS_URL`, with `…_PASSWORD_FILE`: the stack whose alerts are watched; default: none
 * - `CTXD_TRANSCRIPTS_DIR`: default `projects` in `CLAUDE_CONFIG_DIR` or `~/.claude`; empty: transcripts are not read
 * - `CTXD_SESSIONS_DIR`: default `sessions` in the same folder; empty: which sessions run is not known
 * - `CTXD_HOST_NAME`: name of this machine; default its host name
 * - `CTXD_MAX_SESSIONS`: most live sessions; default 10,000
 * - `CTXD_HASH_ACCOUNTS=1`: a hash stands for each account's id
 * - `CTXD_WARNING_PERCENT` and `CTXD_CRITICAL_PERCENT`: see `thresholdsFrom`
 * - `CTXD_ALERT_COMPACTION_PERCENT`: share of the compaction point from which on a session is exported for its alert; default 95
 * - `CTXD_NUDGE`: what `connect --nudge` lets a session read, with `{percent}` and `{left}` to fill in
 * - `CLAUDE_CODE_MAX_CONTEXT_TOKENS` and `CTXD_MODEL_WINDOWS`: see `windowSettingsFrom`
 * - `CLAUDE_CODE_AUTO_COMPACT_WINDOW`: see `claudeWindowSettings`
 * - `CLAUDE_CODE_DISABLE_1M_CONTEXT`: see `claudeWindowSettings`
 *
 * @throws RangeError naming the variable, the rule and the value
 */
export function receiverOptionsFrom(environment: Environment): ReceiverOptions {
  const home = environment['HOME'] || homedir();
  const dataDir = environment['CTXD_RECEIVER_DATA_DIR'] || join(stateDirIn(environment), 'data', 'receiver');
  const claudeDir = environment['CLAUDE_CONFIG_DIR'] || join(home, '.claude');
  const settingsPath = join(claudeDir, 'settings.json');
  const { autoCompactWindow, isLargeDisabled } = claudeWindowSettings({ environment, settingsPath });
  return {
    ...listenAddress(environment),
    token: environment['CTXD_RECEIVER_AUTH'] === '0' ? undefined : receiverTokenIn(environment),
    isShielded: environment['CTXD_RECEIVER_SHIELDED'] === '1',
    allowedHosts: (environment['CTXD_RECEIVER_HOSTS'] ?? '').split(',').filter(Boolean),
    snapshotPath: join(dataDir, 'sessions.snapshot'),
    transcriptsFolder: (environment['CTXD_TRANSCRIPTS_DIR'] ?? join(claudeDir, 'projects')) || undefined,
    sessionsFolder: (environment['CTXD_SESSIONS_DIR'] ?? join(claudeDir, 'sessions')) || undefined,
    metricsToken: collectorTokenIn(environment['CTXD_COLLECTOR_TOKEN_FILE']),
    watched: watchedIn(environment),
    hostName: environment['CTXD_HOST_NAME'] || undefined,
    hashesAccounts: environment['CTXD_HASH_ACCOUNTS'] === '1',
    windows: { ...windowSettingsFrom(environment), isLargeDisabled },
    autoCompactWindow,
    thresholds: thresholdsFrom(environment),
    nudge: environment['CTXD_NUDGE'] || undefined,
    ...maxSessionsIn(environment),
    ...compactionPercentIn(environment),
  };
}

function maxSessionsIn({ CTXD_MAX_SESSIONS: text }: Environment): Pick<ReceiverOptions, 'maxSessions'> {
  if (!text) return {};
  if (/^[1-9]\d{0,6}$/.test(text)) return { maxSessions: Number(text) };
  throw new RangeError(
    `Expected \`CTXD_MAX_SESSIONS\` to be a whole number from 1 to 9999999, got \`${text.slice(0, 64)}\``,
  );
}

/** The alert rules check the value: any other leaves the default. */
function compactionPercentIn(environment: Environment): Pick<ReceiverOptions, 'compactionPercent'> {
  const percent = Number(environment['CTXD_ALERT_COMPACTION_PERCENT'] || Number.NaN);
  return percent >= 1 && percent <= 100 ? { compactionPercent: percent } : {};
}

function receiverTokenIn(environment: Environment): string | undefined {
  const [token, file] = [environment['CTXD_RECEIVER_TOKEN'], environment['CTXD_RECEIVER_TOKEN_FILE']];
  if (token || !file) return token || undefined;
  const text = textIn(file).trim();
  // Without a token everyone would be let in.
  if (text !== '') return text;
  throw new RangeError(
    `Expected \`CTXD_RECEIVER_TOKEN_FILE\` to name a file with a token, got \`${file}\` (empty)`,
  );
}

function textIn(file: string): string {
  try {
    return readRegularFileSync(file);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    const rule = 'Expected `CTXD_RECEIVER_TOKEN_FILE` to name a readable file';
    throw new RangeError(`${rule}, got \`${file.slice(0, 64)}\` (${code})`, { cause });
  }
}

function watchedIn(environment: Environment): ReceiverOptions['watched'] {
  const server = (name: string) => {
    const [url, passwordFile] = [environment[`CTXD_${name}_URL`], environment[`CTXD_${name}_PASSWORD_FILE`]];
    return url && passwordFile ? { url, passwordFile } : undefined;
  };
  const [alertmanager, store] = [server('ALERTMANAGER'), server('VICTORIAMETRICS')];
  return alertmanager && store && { alertmanager, store };
}

function listenAddress(environment: Environment): { host: string; port: number } {
  const listen = environment['CTXD_RECEIVER_LISTEN'];
  if (!listen) {
    const port = environment['CTXD_RECEIVER_PORT'] || '4319';
    return { host: '127.0.0.1', port: portNumber('CTXD_RECEIVER_PORT', port, port) };
  }
  const split = listen.lastIndexOf(':');
  const host = listen.slice(0, Math.max(split, 0)).replace(/^\[(.*)\]$/, '$1');
  return {
    host: host || '127.0.0.1',
    port: portNumber('CTXD_RECEIVER_LISTEN', listen.slice(split + 1), listen),
  };
}

function portNumber(variable: string, text: string, value: string): number {
  const port = Number(text);
  if (/^\d+$/.test(text) && port >= 1 && port <= 65_535) return port;
  throw new RangeError(
    `Expected \`${variable}\` to have a port from 1 to 65535, got \`${value.slice(0, 64)}\``,
  );
}
