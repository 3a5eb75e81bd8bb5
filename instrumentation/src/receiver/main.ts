import { diag, DiagConsoleLogger, DiagLogLevel } from '@opentelemetry/api';
import { startReceiver } from './receiver.ts';
import { receiverOptionsFrom } from './settings.ts';

diag.setLogger(new DiagConsoleLogger(), DiagLogLevel.WARN);

try {
  const options = receiverOptionsFrom(process.env);
  // `stack:up` checks the settings this way before it starts anything.
  if (process.argv.includes('--check')) process.exit();
  const receiver = await startReceiver(options);
  console.log(`The receiver is listening on ${receiver.url}.`);
  console.log(`See what arrives: curl ${receiver.url}/v1/sources`);
  let stopping: PromiseLike<void> | undefined;
  // npm forwards a signal that the terminal has already sent: the second one must not end the process halfway.
  const stop = () => void (stopping ??= receiver[Symbol.asyncDispose]().then((): void => process.exit(0)));
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, stop);
} catch (error) {
  console.error(sentenceOf(error));
  process.exitCode = 1;
}

function sentenceOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (!('code' in error) || error.code !== 'EADDRINUSE') return error.message;
  const { address, port } = error as { address?: string; port?: number };
  return `Port ${port} on ${address} is taken.\nStop the program that listens there (npm run stack:status shows whether it is a receiver), or set CTXD_RECEIVER_PORT to another port.`;
}
