import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { partNamed } from '../parts.ts';
import { checkConfiguration, checkOutcome } from './configuration.ts';
import { testFolder } from './test-folder.ts';

const check = async (exitCode: number, output: string) =>
  await checkOutcome(partNamed('vmalert'), undefined, async () => ({ exitCode, stdout: '', output }));

test('an accepted configuration is no error', async () => {
  await expect(check(0, 'error')).resolves.toBeUndefined();
});

test.each([
  [
    'INFO: failed to see the weather\nflag provided but not defined: -x\nUsage: …',
    'flag provided but not defined: -x',
  ],
  ['2026-11-23 fatal cannot parse the rules\nRun -help', '2026-11-23 fatal cannot parse the rules'],
  ['first\nlast words', 'last words'],
])('a part that rejects its configuration with %j is quoted', async (output, words) => {
  await expect(check(255, output)).rejects.toMatchObject({
    sentence: `vmalert rejects its configuration; nothing was started: ${words}`,
  });
});

test('a part without a check mode is stopped once it has accepted its configuration', async () => {
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

test.each([
  ['config/dashboards/x.json', '{"panels":\n 1 2}', /: Expected ',' .+ \(line 2 column 4\)$/],
  ['config/dashboards/folder/x.json', '{"panels":[]}', undefined],
  ['config/dashboards/x.txt', '{', undefined],
  ['config/rules/x.yaml', 'a: 1\nb: [1', /: Flow sequence .+ at line 2, column 6$/],
  ['config/rules/x.yaml', 'a: $X', undefined],
])(
  'of the files of a part that cannot check them, %s with %j is rejected with %s',
  async (file, text, words) => {
    await using folder = await testFolder();
    for (const name of ['config/dashboards', 'config/rules', dirname(file)])
      await mkdir(join(folder.path, name), { recursive: true });
    await writeFile(join(folder.path, file), text);
    const part = { ...partNamed('grafana'), parsed: ['dashboards', 'rules'] as const };
    const check = checkConfiguration([part], { check: async () => {} }, { stateDir: folder.path });
    if (words === undefined) return await expect(check).resolves.toBeUndefined();
    const sentence = `grafana rejects its configuration; nothing was started: ${join(folder.path, file)}`;
    await expect(check).rejects.toMatchObject({ sentence: expect.stringContaining(sentence) });
    return await expect(check).rejects.toMatchObject({ sentence: expect.stringMatching(words) });
  },
);
