import { alertmanagerLogin } from '../../compose/parts.ts';
import { bindAddress } from '../../compose/ports.ts';
import { wantsToken } from '../../compose/collector-access.ts';
import { urlOf } from '../../compose/runtime/health.ts';
import type { Stack } from '../../compose/runtime/runtime.ts';
import { sharedPath, type StackRecord } from '../../compose/runtime/state.ts';
import { statusTable } from './status.ts';
import type { Started } from './run.ts';

/** The addresses and files that one needs next, as `--json` gives them. No secret is among them. */
export function endpointsOf({ ports, stateDir, env }: Stack, record: StackRecord) {
  return {
    otlpEndpoint: urlOf('collector', ports),
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

/** What `stack:up` ends with: the parts, what is missing and why, where to send to, where to look, what to do next. */
export function closingLines(stack: Stack, { record, leftOut, states }: Started): string[] {
  const endpoints = endpointsOf(stack, record);
  const { otlpEndpoint, collectorTokenFile } = endpoints;
  return [
    '',
    ...statusTable(states, stack),
    '',
    ...leftOut.flatMap(({ part, reason }) => [`Without ${part.name}: ${reason.replace('\n', ' ')}`, '']),
    ...openToOthers(stack),
    'Next:',
    '  npm run demo            real sessions fill up, checkpoint and expire',
    '  npm run connect         shows your own sessions of Claude Code, too',
    '  npm run monitor         all sessions in the terminal',
    ...pagesToOpen(stack, endpoints),
    '',
    'For programs of yours that report:',
    `  export OTEL_EXPORTER_OTLP_ENDPOINT=${otlpEndpoint}`,
    ...(collectorTokenFile === undefined ? [] : [`  export CTXD_COLLECTOR_TOKEN_FILE=${collectorTokenFile}`]),
  ];
}

function pagesToOpen({ ports }: Stack, endpoints: ReturnType<typeof endpointsOf>): string[] {
  const { grafanaUrl, grafanaPasswordFile, alertmanagerUrl, alertmanagerPasswordFile } = endpoints;
  const open = (page: string, user: string, passwordFile = '') =>
    `  open ${page} as ${user}; the password is in ${passwordFile}`;
  const vmui = `  open ${urlOf('victoriametrics', ports)}/vmui, under Dashboards, in place of Grafana`;
  return [
    grafanaUrl === undefined ? vmui : open(`${grafanaUrl} (Grafana)`, 'admin', grafanaPasswordFile),
    ...(alertmanagerUrl === undefined
      ? []
      : [open(`${alertmanagerUrl} (Alertmanager)`, alertmanagerLogin.user, alertmanagerPasswordFile)]),
  ];
}

function openToOthers({ env }: Stack): string[] {
  const bind = bindAddress(env);
  if (bind.startsWith('127.')) return [];
  return [
    `Other machines reach the collector, with the token, and Grafana, with the password, at ${bind}; all other parts stay on 127.0.0.1.`,
    '',
  ];
}
