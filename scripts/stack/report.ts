import { alertmanagerLogin } from '../../compose/parts.ts';
import { remoteUrl } from '../../compose/destinations.ts';
import { bindAddress } from '../../compose/ports.ts';
import { wantsToken } from '../../compose/collector-access.ts';
import { urlOf } from '../../compose/runtime/health.ts';
import type { Stack } from '../../compose/runtime/runtime.ts';
import { sharedPath, type StackRecord } from '../../compose/runtime/state.ts';
import { wantsDesktop } from '../receiver/desktop.ts';
import { statusTable } from './status.ts';
import type { Started } from './run.ts';

/** The URLs and files that a user needs next, as `--json` prints them. None of them is a secret. */
export function endpointsOf({ ports, stateDir, env }: Stack, record: StackRecord) {
  const remote = remoteUrl(env);
  return {
    otlpEndpoint: urlOf('collector', ports),
    ...(remote !== undefined && { remoteUrl: remote }),
    ...(record.parts.includes('receiver') && {
      pageUrl: `${urlOf('receiver', ports)}/`,
      receiverTokenFile: sharedPath(stateDir, 'receiverToken'),
    }),
    ...(wantsToken(env) && { collectorTokenFile: sharedPath(stateDir, 'collectorToken') }),
    ...(record.parts.includes('alertmanager') && {
      alertmanagerUrl: urlOf('alertmanager', ports),
      alertmanagerPasswordFile: sharedPath(stateDir, alertmanagerLogin.passwordFile),
    }),
    ...(record.parts.includes('grafana') && {
      grafanaUrl: urlOf('grafana', ports),
      grafanaPasswordFile: sharedPath(stateDir, 'grafanaPassword'),
    }),
  };
}

/** The native stack shows its alerts on the desktop by itself. */
function desktopAlerts({ env }: Stack, { runtime }: StackRecord): string[] {
  if (runtime !== 'docker' || !wantsDesktop(env)) return [];
  return [next('npm run alerts -- --follow --desktop', 'shows alerts on this desktop; containers cannot')];
}

/** The last lines of `stack:up`: the parts, those left out and why, and the next steps. */
export function closingLines(stack: Stack, { record, leftOut, states }: Started): string[] {
  const endpoints = endpointsOf(stack, record);
  const { otlpEndpoint, collectorTokenFile } = endpoints;
  return [
    '',
    ...statusTable(states, stack),
    '',
    ...leftOut.flatMap(({ part, reason }) => [`Without ${part.name}: ${reason.replace('\n', ' ')}`, '']),
    ...openToOthers(stack),
    ...sentElsewhere(stack, record),
    'Next:',
    next('npm run demo', 'plays real sessions that fill up, checkpoint and expire'),
    next('npm run connect', 'shows your own Claude Code sessions, too'),
    next('npm run monitor', 'shows all sessions in the terminal'),
    ...desktopAlerts(stack, record),
    ...pagesToOpen(endpoints),
    '',
    'For your own programs that send metrics:',
    `  export OTEL_EXPORTER_OTLP_ENDPOINT=${otlpEndpoint}`,
    ...(collectorTokenFile === undefined
      ? []
      : [`  export CTXD_COLLECTOR_TOKEN_FILE=${forShell(collectorTokenFile)}`]),
  ];
}

/** A command with its meaning. The longest one is as long as the column. */
const next = (command: string, meaning: string) => `  ${command.padEnd(28)}  ${meaning}`;

/** A path as a shell takes it; macOS' folder for states has a space in its name. */
const forShell = (path: string) =>
  /^[\w./-]+$/.test(path) ? path : `'${path.replaceAll("'", String.raw`'\''`)}'`;

function pagesToOpen(endpoints: ReturnType<typeof endpointsOf>): string[] {
  const { pageUrl, grafanaUrl, grafanaPasswordFile, alertmanagerUrl, alertmanagerPasswordFile } = endpoints;
  const open = (page: string, user: string, passwordFile = '') =>
    `  open ${page} as ${user}; the password is in ${passwordFile}`;
  return [
    ...(pageUrl === undefined
      ? []
      : [next('npm run stack:open -- --page', 'shows them in the browser: which session needs me now?')]),
    ...(grafanaUrl === undefined
      ? []
      : [
          next('npm run stack:open', 'opens Grafana'),
          open(`${grafanaUrl} (Grafana)`, 'admin', grafanaPasswordFile),
        ]),
    ...(alertmanagerUrl === undefined
      ? []
      : [open(`${alertmanagerUrl} (Alertmanager)`, alertmanagerLogin.user, alertmanagerPasswordFile)]),
  ];
}

function sentElsewhere({ env }: Stack, { parts }: StackRecord): string[] {
  const url = remoteUrl(env);
  if (url === undefined) return [];
  const here = parts.includes('victoriametrics')
    ? 'They are stored here, too.'
    : 'They are not stored here: its page, monitor and alerts show them.';
  return [`All metrics go to ${url}. ${here}`, ''];
}

function openToOthers({ env }: Stack): string[] {
  const bind = bindAddress(env);
  if (bind.startsWith('127.')) return [];
  return [
    `Other machines reach the collector, with its token, and Grafana, with its password, at ${bind}. All other parts stay on 127.0.0.1.`,
    '',
  ];
}
