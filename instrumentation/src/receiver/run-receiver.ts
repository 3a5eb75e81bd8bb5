import { diag, DiagConsoleLogger, DiagLogLevel } from '@opentelemetry/api';
import { startReceiver } from './receiver.ts';
import type { ReceiverOptions } from './receiver-options.ts';
import { receiverOptionsFrom } from './settings.ts';

/** What a receiver serves besides its own paths, by its options. */
type PageFor = (options: ReceiverOptions) => (NonNullable<ReceiverOptions['page']> & Disposable) | undefined;

/** Milliseconds to stop in. The snapshot is written first; the last export waits for the collector. */
const stopMillis = 2_500;

/**
 * Runs a receiver as this process, by the environment, until a signal ends it. Says in a sentence what is wrong, and sets the exit
 * status.
 *
 * @param pageFor - makes the page that it serves. Default: none.
 * @param notify - shows notifications on the desktop. Default: none are shown.
 */
export async function runReceiver(
  pageFor: PageFor = () => undefined,
  notify?: ReceiverOptions['notify'],
): Promise<void> {
  diag.setLogger(new DiagConsoleLogger(), DiagLogLevel.WARN);
  try {
    const options = receiverOptionsFrom(process.env);
    const page = pageFor(options);
    // `stack:up` checks the settings this way before it starts anything.
    if (process.argv.includes('--check')) process.exit();
    const receiver = await startReceiver({ ...options, page, notify });
    console.log(`The receiver is listening on ${receiver.url}.`);
    console.log(`See what arrives: curl ${receiver.url}/v1/sources`);
    let stopping: PromiseLike<void> | undefined;
    // npm forwards a signal that the terminal has already sent: the second one must not end the process halfway.
    const stop = () => {
      if (stopping !== undefined) return;
      setTimeout(giveUp, stopMillis).unref();
      page?.[Symbol.dispose]();
      stopping = receiver[Symbol.asyncDispose]().then((): void => process.exit(0));
    };
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, stop);
  } catch (error) {
    console.error(sentenceOf(error));
    process.exitCode = 1;
  }
}

function giveUp(): void {
  console.error(`The receiver did not stop within ${stopMillis / 1_000} s; its last metrics may be missing.`);
  // `process.exit` waits for a read or write that the system does not finish.
  process.kill(process.pid, 'SIGKILL');
}

function sentenceOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (!('code' in error) || error.code !== 'EADDRINUSE') return error.message;
  const { address, port } = error as { address?: string; port?: number };
  return `Port ${port} on ${address} is taken.\nStop the program that listens there (npm run stack:status shows whether it is a receiver), or set CTXD_RECEIVER_PORT to another port.`;
}
