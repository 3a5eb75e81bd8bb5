import { diag, DiagConsoleLogger, DiagLogLevel } from '@opentelemetry/api';
import { startReceiver } from './receiver.ts';
import { receiverOptionsFrom } from './settings.ts';

diag.setLogger(new DiagConsoleLogger(), DiagLogLevel.WARN);

try {
  const options = receiverOptionsFrom(process.env);
  // `stack:up` asks for no more before it starts anything.
  if (process.argv.includes('--check')) process.exit();
  const receiver = await startReceiver(options);
  console.log(`The receiver listens on ${receiver.url}.`);
  console.log(`See what arrives: curl ${receiver.url}/v1/sources`);
  let stopping: PromiseLike<void> | undefined;
  // npm passes a signal on that the terminal has sent already: the second one must not end the process halfway.
  const stop = () => void (stopping ??= receiver[Symbol.asyncDispose]().then((): void => process.exit(0)));
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, stop);
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
