import { writeFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { parts } from '../parts.ts';
import { portsFrom } from '../ports.ts';
import { fingerprintsOf } from './fingerprint.ts';
import { prepareState, sharedPath } from './state.ts';
import { testFolder } from './test-folder.ts';

test.each([
  ['collectorToken', ['collector', 'receiver']],
  ['receiverToken', ['collector', 'alertmanager', 'receiver']],
  ['victoriametricsKey', ['victoriametrics']],
  ['vmalertKey', ['vmalert']],
] as const)('a changed %s restarts the parts that read it: %j', async (secret, readers) => {
  await using folder = await testFolder();
  await prepareState(folder.path, [], {});
  const print = () => undefined;
  const stack = { stateDir: folder.path, ports: portsFrom({}), env: {}, print, warn: print };
  const before = await fingerprintsOf(parts, 'native', stack);
  await writeFile(sharedPath(folder.path, secret), 'cut');
  const after = await fingerprintsOf(parts, 'native', stack);
  const changed = parts.map(({ name }) => name).filter((name) => before[name] !== after[name]);
  expect(changed.toSorted()).toEqual([...readers].toSorted());
});
