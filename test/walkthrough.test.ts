import { readFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { format } from 'prettier';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { runCommand } from '../compose/system/command.ts';
import { freePortVariables, testFolder, type TestFolder } from '../compose/runtime/test-folder.ts';
import { parts } from '../compose/parts.ts';
import { portVariable } from '../compose/ports.ts';
import { contractChanged } from './contract.ts';
import { commandLines, documents, root } from './documents.ts';
import { linkPrograms } from './linked-programs.ts';
import { merged, read, shapeOf, written } from './json-shape.ts';

/** The documents in the order in which somebody follows them. The last one uninstalls. */
const first = ['README.md', 'docs/installing.md', 'docs/claude-code.md', 'docs/your-server.md'] as const;
const then = ['docs/alerts.md', 'docs/views.md', 'docs/teams.md', 'SECURITY.md', 'CONTRIBUTING.md'] as const;
const last = 'docs/operating.md';
const inRegistry = 'npx/first-minute.test.ts runs it with a registry of its own';
const atLogin = 'it changes what starts at login: autostart.test.ts uses stand-ins';

/** The command lines that are not run here, with the reason. */
const notRun: Readonly<Record<string, string>> = {
  'npm install': 'its packages run this test',
  'npm test': 'this test is a part of it',
  'npm run monitor': 'it runs until q: monitor.test.ts runs it in a terminal',
  'npm run alerts -- --follow --desktop':
    'it runs until Ctrl-C: inbox.test.ts follows, desktop.test.ts notifies',
  'npm install koa-context-window koa @opentelemetry/api @opentelemetry/exporter-metrics-otlp-http':
    'package.test.ts installs them',
  'GRAFANA_URL=https://grafana.example GRAFANA_TOKEN=glsa_… npm run dashboards:push':
    'it needs a Grafana: push.test.ts has one',
  'npm run stack:up -- --send-to https://ctxd.example --token-file ~/ctxd-token':
    'it needs a stack elsewhere',
  'npm run stack:up -- --without victoriametrics': 'it needs a store of your own',
  'npm run dashboards:push -- --prometheus': 'it needs a Grafana: push.test.ts has one',
  'npx ctxd up': inRegistry,
  'npx ctxd connect': inRegistry,
  'npx ctxd monitor': inRegistry,
  'npx ctxd uninstall': inRegistry,
  'npx ctxd autostart on': atLogin,
  'npx ctxd autostart': atLogin,
  'npx ctxd autostart off': atLogin,
  'git pull': 'it needs a remote repository',
};

/** What is added to a command line, because nobody is there to answer its question. */
const answers: Readonly<Record<string, string>> = {
  'npm run connect': ' -- --yes',
  'npm run connect -- --nudge': ' --yes',
  'npm run disconnect': ' -- --yes',
  'npm run stack:restore -- ~/ctxd.tgz': ' --yes',
  'npm run ctxd -- uninstall': ' --yes',
};

const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  scripts: Record<string, string>;
};

let folder: TestFolder;
let env: NodeJS.ProcessEnv;

beforeAll(async () => {
  folder = await testFolder();
  await folder.program('bin/docker', 'exit 1');
  for (const name of ['open', 'xdg-open']) await folder.program(`bin/${name}`, 'exit 0');
  await folder.program('bin/ctxd', `exec node '${root}/scripts/ctxd.cjs' "$@"`);
  await linkPrograms(join(folder.path, '.cache'));
  env = {
    ...(await freePortVariables()),
    HOME: folder.path,
    XDG_CACHE_HOME: join(folder.path, '.cache'),
    PATH: [join(folder.path, 'bin'), join(root, 'node_modules/.bin'), process.env['PATH']].join(delimiter),
    // The documents name Linux' folder; macOS has another default.
    CTXD_STATE_DIR: join(folder.path, '.local/state/ctxd'),
    GRAFANA_HOME: '/nowhere',
  };
});

afterAll(async () => {
  await run('ctxd down');
  await folder[Symbol.asyncDispose]();
});

test('every document with commands is followed, and no exception is left over', () => {
  const guides = documents('*.md', 'docs/*.md').filter(({ text }) => commandLines(text).length > 0);
  expect(guides.map(({ path }) => path).toSorted()).toEqual([...first, ...then, last].toSorted());
  const lines = new Set(guides.flatMap(({ text }) => stepsOf(text)));
  const exceptions = [...Object.keys(notRun), ...Object.keys(answers)];
  expect(exceptions.filter((line) => !lines.has(line))).toEqual([]);
});

test.each(first)('%s can be followed, command by command', async (path) => {
  await expectToWork(path);
});

const commands = [
  'ctxd status --json',
  'ctxd up --json',
  'ctxd up --dry-run --json',
  'ctxd logs receiver --tail 1 --json',
  'ctxd logs nothing --json',
  'ctxd doctor --json',
  'ctxd monitor --once --json',
  'ctxd sessions --json',
  'ctxd sessions --all --json',
  'ctxd show another-session --json',
  'ctxd compare my-session another-session --json',
  'ctxd export --format jsonl',
  'ctxd export --what samples --format jsonl',
  'ctxd alerts --limit 1 --json',
  'ctxd backup ~/backup.tgz --json',
];
const statusLine = {
  session_id: 'another-session',
  session_name: 'fix login',
  workspace: { repo: { name: 'shop' } },
  model: { id: 'claude-opus-4-6' },
  cost: { total_cost_usd: 1.5 },
  rate_limits: { five_hour: { used_percentage: 42 } },
};
const requests = ['/v1/sessions', '/v1/sessions/another-session', '/v1/sources', '/alerts'];

test('all JSON has the shape that the contract lists', async () => {
  await askReceiver('/v1/sessions/another-session/usage', { tokensUsed: 190_000, windowTokens: 200_000 });
  await askReceiver('/claude-code/statusline', statusLine);
  await expectPrinted('ctxd alerts --json', 'another-session');
  await askReceiver('/v1/sessions/another-session/checkpoints', { tokensSaved: 60_000 });
  await askReceiver('/v1/sessions/another-session/usage', { tokensUsed: 130_000 });
  await expectPrinted('ctxd sessions --json', '"checkpoints": 1');
  const printed: Record<string, string[]> = {};
  for (const line of commands) {
    const { stdout } = await run(line);
    printed[line] = line.includes('jsonl') ? stdout.trim().split('\n') : [stdout];
  }
  for (const path of requests) printed[`GET ${path}`] = [await askReceiver(path)];
  const file = join(import.meta.dirname, 'contract/json.json');
  const listed = JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>;
  const shapes = Object.entries(printed).map(([line, texts]) => {
    const shape = texts.map((text) => shapeOf(JSON.parse(text))).reduce(merged);
    return [line, written(listed[line] === undefined ? shape : merged(read(listed[line]), shape))] as const;
  });
  const contents = await format(JSON.stringify(Object.fromEntries(shapes)), {
    parser: 'json',
    printWidth: 110,
  });
  await expect(contents, contractChanged).toMatchFileSnapshot(file);
});

test.each(then)('%s can be followed, command by command', async (path) => {
  await expectToWork(path);
});

test(`${last} can be followed to the end, and leaves nothing in the home folder`, async () => {
  await expectToWork(last);
  const left = await readdir(folder.path);
  expect(left.filter((name) => ['.local', '.claude', '.cache', '.config'].includes(name))).toEqual([]);
});

async function expectToWork(path: string): Promise<void> {
  const exported: string[] = [];
  for (const line of stepsOf(documents(path)[0]!.text)) {
    if (notRun[line] !== undefined) continue;
    if (line.startsWith('export ')) exported.push(line);
    const { exitCode, output } = await run([...exported, line + (answers[line] ?? '')].join('\n'));
    expect({ line, exitCode, output }).toMatchObject({ line, exitCode: 0 });
  }
}

const stepsOf = (text: string) => commandLines(text).flatMap((line) => line.split(' && '));

/** Runs a command line of the documentation, with this test's ports. Of `npm run`, it runs the script, as npm would. */
async function run(line: string) {
  const text = line
    .replaceAll(/npm run (?:--silent )?([\w:]+)(?: --(?= ))?/g, (_, name: string) => `${scripts[name]}`)
    .replaceAll('node scripts/', `node ${root}/scripts/`)
    .replaceAll(/(?<=127\.0\.0\.1:)\d+/g, (port) => portInsteadOf(Number(port)));
  return await runCommand('/bin/sh', ['-c', text], { cwd: folder.path, env });
}

function portInsteadOf(usual: number): string {
  const part = parts.find(({ port }) => port === usual);
  return part === undefined ? String(usual) : String(env[portVariable(part.name)]);
}

async function askReceiver(path: string, body?: object): Promise<string> {
  const token = readFileSync(join(folder.path, '.local/state/ctxd/secrets/receiver-token'), 'utf8');
  const response = await fetch(`http://127.0.0.1:${portInsteadOf(4319)}${path}`, {
    headers: { authorization: `Bearer ${token.trim()}`, 'content-type': 'application/json' },
    ...(body && { method: 'POST', body: JSON.stringify(body) }),
  });
  const text = await response.text();
  expect({ path, isOk: response.ok, text }).toMatchObject({ isOk: true });
  return text;
}

async function expectPrinted(line: string, text: string): Promise<void> {
  await vi.waitUntil(async () => (await run(line)).stdout.includes(text), { timeout: 60_000 });
}
