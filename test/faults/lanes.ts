import { changeableClock, clockJumps } from './faults/clock.ts';
import { backupElsewhere, collisions, upgradeAndBack } from './faults/commands.ts';
import { fewFiles, fullDisk, readOnlyState } from './faults/disk.ts';
import { cutFiles, reboot } from './faults/files.ts';
import { manySessions } from './faults/scale.ts';
import { signals, supervisorSignals } from './faults/processes.ts';
import { stolenPort, storeAway, storeRefuses } from './faults/store.ts';
import type { Lane } from './lane.ts';

const [kills = [], hangs = []] = signals;

/** All faults, by the stack that they strike. Those that take longest start first. */
export const lanes: readonly Lane[] = [
  { name: 'many', runtime: 'native', faults: manySessions, isLarge: true },
  { name: 'clock', runtime: 'native', faults: clockJumps, env: changeableClock },
  { name: 'away', runtime: 'native', faults: [storeAway] },
  { name: 'hangs', runtime: 'native', faults: hangs },
  { name: 'disk', runtime: 'native', faults: [...fullDisk, readOnlyState, fewFiles], diskSize: '300m' },
  { name: 'files', runtime: 'native', faults: cutFiles },
  { name: 'kills', runtime: 'native', faults: [...kills, ...supervisorSignals] },
  { name: 'commands', runtime: 'native', faults: [...collisions, backupElsewhere, upgradeAndBack] },
  { name: 'refused', runtime: 'native', faults: [storeRefuses, stolenPort, reboot] },
  { name: 'away', runtime: 'docker', faults: [storeAway] },
  { name: 'hangs', runtime: 'docker', faults: hangs },
  { name: 'kills', runtime: 'docker', faults: kills },
  { name: 'commands', runtime: 'docker', faults: [...collisions, backupElsewhere, upgradeAndBack] },
];
