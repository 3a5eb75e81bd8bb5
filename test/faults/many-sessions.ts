// An application with as many live sessions as its second argument says, each of which reports every 10 s. A message with the
// name of a session makes it cross the critical threshold.
import { setInterval } from 'node:timers/promises';
import { SessionRegistry } from 'koa-context-window';
import { startTelemetry } from 'koa-context-window/telemetry';

const [url = '', count = '0'] = process.argv.slice(2);
const everySeconds = 10;

const registry = new SessionRegistry({ maxSessions: Number(count) + 100 });
startTelemetry({ registry, url: `${url}/v1/metrics`, serviceName: 'many' });
const report = (session: string, tokensUsed: number) =>
  registry.reportUsage(session, { tokensUsed, windowTokens: 200_000 });
for (let index = 0; index < Number(count); index += 1) report(`many-${index}`, 1_000);

process.on('message', (session: string) => void report(session, 190_000));
process.on('disconnect', () => process.exit());
process.send?.('ready');

let round = 0;
for await (const _ of setInterval(1_000)) {
  round += 1;
  report('many-probe', 1_000 + round);
  for (let index = round % everySeconds; index < Number(count); index += everySeconds)
    report(`many-${index}`, 1_000 + round);
}
