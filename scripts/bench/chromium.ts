import { execFileSync } from 'node:child_process';
import { type Browser, chromium } from 'playwright-core';

const flags = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/**
 * Starts the machine's Chromium with a new profile: `CTXD_CHROMIUM`, or the first usual name on the `PATH`.
 *
 * @throws Error if there is none
 */
export async function startChromium(): Promise<Browser> {
  const executablePath = process.env['CTXD_CHROMIUM'] || chromiumPath();
  if (executablePath === undefined) {
    throw new Error('Expected a Chromium on this machine: apt-get install chromium, or set CTXD_CHROMIUM');
  }
  return await chromium.launch({ executablePath, args: flags });
}

function chromiumPath(): string | undefined {
  const names = 'command -v chromium || command -v chromium-browser || command -v google-chrome';
  try {
    return execFileSync('sh', ['-c', names], { encoding: 'utf8' }).trim();
  } catch {
    return undefined;
  }
}
