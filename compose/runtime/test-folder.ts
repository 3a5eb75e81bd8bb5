import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { parts } from '../parts.ts';
import { portVariable } from '../ports.ts';
import { freePorts } from './preflight.ts';

/** A temporary folder for one test and its fake programs. */
export interface TestFolder extends AsyncDisposable {
  readonly path: string;
  /** Writes an executable shell script and returns its path. */
  readonly program: (name: string, script: string) => Promise<string>;
}

/** Makes a folder that is removed at the end of the test. */
export async function testFolder(): Promise<TestFolder> {
  const path = await mkdtemp(join(tmpdir(), 'ctxd-test-'));
  return {
    path,
    program: async (name, script) => {
      const file = join(path, name);
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
      return file;
    },
    [Symbol.asyncDispose]: async () => await rm(path, { recursive: true, force: true }),
  };
}

/** Environment variables that give all parts free ports. */
export async function freePortVariables(): Promise<Record<string, string>> {
  const variables = parts.flatMap(({ name }) => [portVariable(name), portVariable(name, 'health')]);
  const free = await freePorts(variables.length);
  return Object.fromEntries(variables.map((variable, index) => [variable, String(free[index])]));
}
