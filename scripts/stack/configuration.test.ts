import { expect, it } from 'vitest';
import { partNamed } from '../../compose/parts.ts';
import { checkOutcome } from './configuration.ts';

const check = async (exitCode: number, output: string) =>
  await checkOutcome(partNamed('vmalert'), undefined, async () => ({ exitCode, stdout: '', output }));

it('a part that accepts its configuration says nothing', async () => {
  await expect(check(0, 'error')).resolves.toBeUndefined();
});

it.each([
  [
    'INFO: failed to see the weather\nflag provided but not defined: -x\nUsage: …',
    'flag provided but not defined: -x',
  ],
  ['2026-11-23 fatal cannot parse the rules\nRun -help', '2026-11-23 fatal cannot parse the rules'],
  ['first\nlast words', 'last words'],
])('a part that refuses with %j is quoted', async (output, words) => {
  await expect(check(255, output)).rejects.toMatchObject({
    sentence: `vmalert refuses its configuration; nothing was started: ${words}`,
  });
});

it('a part that would go on to run is ended once it has accepted its configuration', async () => {
  const alertmanager = partNamed('alertmanager');
  const ended = checkOutcome(alertmanager, undefined, async ({ signal, onOutput }) => {
    onOutput('TLS is ');
    expect(signal.aborted).toBe(false);
    onOutput('disabled');
    signal.throwIfAborted();
    return { exitCode: 1, stdout: '', output: 'went on' };
  });
  await expect(ended).resolves.toBeUndefined();
});
