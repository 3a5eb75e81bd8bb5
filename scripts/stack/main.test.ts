import { describe, expect, test } from 'vitest';
import { forEachPart } from '../../compose/parts.ts';
import { stackCommand } from './main.ts';
import { writeRecord } from '../../compose/runtime/state.ts';
import { freePortVariables, testFolder } from '../../compose/runtime/test-folder.ts';

/** Runs a command on a machine without Docker, with its own state folder. */
async function run(stateDir: string, ...args: string[]) {
  const [printed, errors]: [string[], string[]] = [[], []];
  const exitCode = await stackCommand(args, {
    env: {
      PATH: '/nowhere',
      CTXD_STATE_DIR: stateDir,
      XDG_CACHE_HOME: stateDir,
      CTXD_RELEASES_URL: 'http://127.0.0.1:1',
      ...(args[0] === 'up' && { CTXD_GRAFANA_PORT: 'x' }),
    },
    print: (line) => void printed.push(line),
    printError: (line) => void errors.push(line),
  });
  return { exitCode, printed: printed.join('\n'), errors: errors.join('\n') };
}

describe('the stack commands', () => {
  test('print their usage', async () => {
    const { exitCode, printed } = await run('/nowhere', '--help');
    expect(exitCode).toBe(0);
    expect(printed).toContain('CTXD_ALERT_WEBHOOK_URL');
  });

  test('reject an unknown command with status 2 and the rule', async () => {
    const { exitCode, errors } = await run('/nowhere', 'launch');
    expect(exitCode).toBe(2);
    expect(errors).toContain('reset, got `launch`');
  });

  test('reject an invalid port with status 2', async () => {
    const { exitCode, errors } = await run('/nowhere', 'up', '--runtime', 'native');
    expect(exitCode).toBe(2);
    expect(errors).toBe('Expected CTXD_GRAFANA_PORT to be a port number from 1 to 65535, got `x`');
  });

  test('succeed when there is nothing to stop', async () => {
    await using folder = await testFolder();
    expect(await run(folder.path, 'down')).toMatchObject({
      exitCode: 0,
      printed: expect.stringContaining('not running'),
    });
  });

  test('end with status 1 when the stack is stopped', async () => {
    await using folder = await testFolder();
    expect(await run(folder.path, 'status')).toMatchObject({
      exitCode: 1,
      printed: expect.stringContaining('not running'),
    });
  });

  test('report a stack as stopped when its processes are gone', async () => {
    await using folder = await testFolder();
    const ports = forEachPart(() => ({ main: 1, health: 1 }));
    await writeRecord(folder.path, { runtime: 'native', parts: ['collector'], ports });
    const { exitCode, printed } = await run(folder.path, 'status');
    expect(exitCode).toBe(1);
    expect(printed).toMatch(/^The stack is stopped \(native\)\.[^]*collector +stopped/m);
  });

  test('do not mix the runtimes', async () => {
    await using folder = await testFolder();
    const ports = forEachPart(() => ({ main: 1, health: 1 }));
    await writeRecord(folder.path, { runtime: 'native', parts: ['collector'], ports });
    const { exitCode, errors } = await run(folder.path, 'down', '--runtime', 'docker');
    expect(exitCode).toBe(2);
    expect(errors).toBe('The stack was started with --runtime native.\nStop it first: npm run stack:down');
  });
});

describe('with --json', () => {
  const answered = async (...args: string[]) => {
    await using folder = await testFolder();
    const { exitCode, printed } = await run(folder.path, ...args, '--json');
    const { error, ...answer }: { error: { code: string } | null } = JSON.parse(printed);
    return [exitCode, error?.code ?? null, Object.keys(answer)];
  };

  test.each([
    ['down', 0, null],
    ['status', 1, null],
    ['logs', 1, null],
    ['restart', 1, null],
    ['open', 1, null],
    ['upgrade', 4, 'no-runtime'],
    ['up', 2, 'usage'],
    ['restore /nowhere --yes', 1, 'failure'],
    ['reset', 2, 'usage'],
    ['launch', 2, 'usage'],
    ['logs nobody', 2, 'usage'],
  ])('`%s` ends with %d and one object that says so', async (words, exitCode, code) => {
    expect(await answered(...words.split(' '))).toEqual([
      exitCode,
      code,
      ['command', 'status', 'data', 'warnings'],
    ]);
  });

  test.each([
    [['reset'], /Nobody is there to answer\.$/, ['Answer in advance: npm run stack:reset -- --yes']],
    [['restore', 'a.tgz'], /a\.tgz cannot be read: .*; nothing was changed\.$/, []],
  ])('an error of %j has a sentence and a remedy', async (words, message, actions) => {
    await using folder = await testFolder();
    const { printed } = await run(folder.path, ...words, '--json');
    expect(JSON.parse(printed)).toMatchObject({
      command: words[0],
      status: 'failed',
      error: { message: expect.stringMatching(message), actions },
    });
  });
});

describe('without a Docker engine', () => {
  const surface = (stateDir: string, errors: string[], printed: string[]) => ({
    env: {
      PATH: '/nowhere',
      CTXD_STATE_DIR: stateDir,
      XDG_CACHE_HOME: stateDir,
      CTXD_RELEASES_URL: 'http://127.0.0.1:1',
    },
    print: (line: string) => void printed.push(line),
    printError: (line: string) => void errors.push(line),
  });

  test('--runtime docker ends with status 4 and a remedy', async () => {
    await using folder = await testFolder();
    const errors: string[] = [];
    expect(await stackCommand(['up', '--runtime', 'docker'], surface(folder.path, errors, []))).toBe(4);
    expect(errors[0]).toMatch(
      /^There is no docker command \(.+\)\.\nInstall Docker: .+\nOr run it without Docker: npm run stack:up -- --runtime native$/,
    );
  });

  test('up chooses the native runtime, says so, and names the missing program', async () => {
    await using folder = await testFolder();
    const [errors, printed]: [string[], string[]] = [[], []];
    const { env, ...rest } = surface(folder.path, errors, printed);
    const ports = await freePortVariables();
    expect(await stackCommand(['up'], { env: { ...env, ...ports }, ...rest })).toBe(4);
    expect(printed[0]).toMatch(
      /^There is no docker command .+; running the parts as processes of this machine\.$/,
    );
    expect(errors[0]).toMatch(
      /^collector 0\.162\.0 is not on this machine: .+, and Go is not installed\.\nStart Docker, or install Go,/,
    );
  });
});
