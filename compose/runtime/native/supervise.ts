// Started by `stack:up` for the native runtime: restarts parts that crash, and rotates their logs.
import { setTimeout as sleep } from 'node:timers/promises';
import { supervise } from './supervisor.ts';

const stateDir = process.argv[2] ?? '';
const print = (line: string) => console.log(`${new Date().toISOString()} ${line}`);

while (await supervise({ stateDir, env: process.env, print })) await sleep(500);
