import { cp, mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { deliveryFrom } from '../../alerts/delivery.ts';
import { alertSettingsFrom } from '../../alerts/settings.ts';
import { portsFrom } from '../../compose/ports.ts';
import { runCommand } from '../../compose/system/command.ts';
import { StackError } from '../../compose/system/stack-error.ts';
import { testFolder } from '../../compose/runtime/test-folder.ts';
import { receiverOptionsFrom } from '../../instrumentation/src/receiver/settings.ts';
import { parseArguments as alertsArguments } from '../../scripts/alerts/arguments.ts';
import { parseArguments as connectArguments } from '../../scripts/connect/arguments.ts';
import { parseArguments as stackArguments } from '../../scripts/stack/arguments.ts';
import { bounded, corpus, hostileText } from './corpus.ts';

const root = resolve(import.meta.dirname, '../..');

const readers: Record<string, (args: readonly string[]) => unknown> = {
  alerts: alertsArguments,
  connect: (args) => connectArguments(args, '/'),
  stack: stackArguments,
};
const known =
  'up logs restore silence list -- - --json --tail --tail=1e9 --limit=-1 --yes --timeout=NaN --without=, --scope --project ' +
  '--__proto__ --end -f 0x10 1h 99999d';
const words = fc.array(fc.oneof(hostileText, fc.constantFrom(...known.split(' '))), { maxLength: 6 });

describe.each(Object.entries(readers))('the arguments of %s', (_, read) => {
  test('are accepted or rejected with a readable error, and never contain NaN', () => {
    const property = fc.property(words, (args) => {
      try {
        for (const value of Object.values(read(args) as object)) expect(value).not.toBeNaN();
      } catch (error) {
        if (!(error instanceof StackError)) throw error;
        expect(error.exitCode).toBe(2);
      }
    });
    fc.assert(property, bounded);
  });
});

const settings: Record<string, [read: (env: Record<string, string>) => unknown, variables: string]> = {
  receiver: [
    receiverOptionsFrom,
    'CTXD_RECEIVER_LISTEN CTXD_RECEIVER_PORT CTXD_MODEL_WINDOWS CLAUDE_CODE_MAX_CONTEXT_TOKENS CTXD_WARNING_PERCENT ' +
      'CTXD_COLLECTOR_TOKEN_FILE CTXD_RECEIVER_HOSTS',
  ],
  ports: [portsFrom, 'CTXD_GRAFANA_PORT CTXD_COLLECTOR_HEALTH_PORT CTXD_BIND'],
  alerts: [alertSettingsFrom, 'CTXD_ALERT_HOLD_SECONDS CTXD_WARNING_PERCENT'],
  delivery: [
    (env) => deliveryFrom(env, (variable) => variable),
    'CTXD_ALERT_MUTE CTXD_ALERT_REPEAT CTXD_ALERT_WEBHOOK_URL CTXD_ALERT_NTFY_URL CTXD_ALERT_SLAK',
  ],
};

describe.each(Object.entries(settings))('the variables of %s', (_, [read, variables]) => {
  test('are accepted, or rejected by name, and never give NaN', () => {
    const value = fc.oneof(
      hostileText,
      fc.constantFrom(
        'NaN',
        'Infinity',
        '-1',
        '1e999',
        '0',
        '/dev/zero',
        '/proc/self/mem',
        '/',
        '{"a":{}}',
        'null',
        'a=1,=2',
      ),
    );
    const property = fc.property(fc.constantFrom(...variables.split(' ')), value, (variable, text) => {
      try {
        expect(numbersIn(read({ [variable]: text })).filter((number) => !Number.isFinite(number))).toEqual(
          [],
        );
      } catch (error) {
        if (!(error instanceof RangeError || error instanceof TypeError)) throw error;
        expect(error.message).toContain(variable);
      }
    });
    fc.assert(property, bounded);
  });
});

function numbersIn(value: unknown): number[] {
  if (typeof value === 'number') return [value];
  if (value instanceof Map) return [...value.values()].flatMap(numbersIn);
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(numbersIn) : [];
}

/** Runs `ctxd --version` in a copy of the project with its own `ctxd.env`. */
async function commandWith(write: (path: string) => Promise<unknown>) {
  await using folder = await testFolder();
  for (const name of ['scripts', 'package.json']) {
    await cp(join(root, name), join(folder.path, name), { recursive: true });
  }
  for (const name of ['alerts', 'compose', 'dashboards', 'instrumentation', 'node_modules']) {
    await symlink(join(root, name), join(folder.path, name));
  }
  await write(join(folder.path, 'ctxd.env'));
  const args = ['scripts/ctxd.cjs', '--version'];
  return await runCommand(process.execPath, args, { cwd: folder.path, timeoutMillis: 20_000 });
}

describe('ctxd.env', () => {
  test.each(corpus)('with the bad input %s does not stop the command', async (_, bytes) => {
    const { exitCode, stdout } = await commandWith(async (path) => await writeFile(path, bytes));
    expect([exitCode, stdout]).toEqual([0, expect.stringMatching(/^\d+\.\d+\.\d+\n$/)]);
  });

  test.skipIf(process.platform === 'win32').each([
    ['a FIFO', async (path: string) => await runCommand('mkfifo', [path])],
    ['a device', async (path: string) => await symlink('/dev/zero', path)],
    ['a folder', async (path: string) => await mkdir(path)],
    ['2 MiB', async (path: string) => await writeFile(path, 'A=1\n'.repeat(524_288))],
  ])('that is %s ends the command with one readable error', async (_, write) => {
    const { exitCode, output } = await commandWith(write);
    expect(output).toMatch(
      /^The settings cannot be read: .*ctxd\.env'\.\nMove .*ctxd\.env away, or write it anew\.\n$/,
    );
    expect(exitCode).toBe(2);
  });
});

test.each(corpus)('the status line survives the bad input %s', async (_, bytes) => {
  await using folder = await testFolder();
  const input = join(folder.path, 'input');
  await writeFile(input, bytes);
  const line = `/bin/sh '${root}/scripts/connect/status-line.sh' http://127.0.0.1:9/claude-code/statusline <'${input}'`;
  const { exitCode, stdout } = await runCommand('sh', ['-c', line], { timeoutMillis: 20_000 });
  expect(exitCode).toBe(0);
  expect(stdout).toMatch(/^(context [\d.]+ % of \d+k\n)?$/);
  await rm(input);
});
