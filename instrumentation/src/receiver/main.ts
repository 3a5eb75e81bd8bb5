import { diag, DiagConsoleLogger, DiagLogLevel } from '@opentelemetry/api';
import { startReceiver } from './receiver.ts';
import { receiverOptionsFrom } from './settings.ts';

diag.setLogger(new DiagConsoleLogger(), DiagLogLevel.WARN);

try {
  const receiver = await startReceiver(receiverOptionsFrom(process.env));
  console.log(`The receiver listens on ${receiver.url}.`);
  console.log(`See what arrives: curl ${receiver.url}/v1/sources`);
  const stop = () => void receiver[Symbol.asyncDispose]().then(() => process.exit(0));
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, stop);
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
