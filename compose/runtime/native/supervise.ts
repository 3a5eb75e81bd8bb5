// Started by watcher.cjs when something is amiss: restarts parts that crashed or hang, and rotates logs, once.
import type { PartName } from '../../parts.ts';
import { supervise } from './supervisor.ts';

const [stateDir = '', ...hung] = process.argv.slice(2);
const print = (line: string) => console.log(`${new Date().toISOString()} ${line}`);

if (!(await supervise({ stateDir, env: process.env, print }, hung as PartName[]))) process.exitCode = 1;
