import { expect, test } from 'vitest';
import { testFolder } from '../../compose/runtime/test-folder.ts';
import { startReceiver } from '../../instrumentation/src/receiver/receiver.ts';
import { processSurface } from '../reach/surface.ts';
import { firstLook, nextSteps } from './first-look.ts';

async function look(env: Readonly<Record<string, string>>): Promise<string> {
  const lines: string[] = [];
  const surface = { ...processSurface([]), env: { ...env }, print: (line: string) => void lines.push(line) };
  await firstLook(surface);
  return lines.join('\n');
}

test('lists the live sessions and three next steps, or says that the stack does not run', async () => {
  await using folder = await testFolder();
  await using receiver = await startReceiver({ port: 0, metricsUrl: false });
  const env = {
    CTXD_STATE_DIR: folder.path,
    CTXD_RECEIVER_PORT: new URL(receiver.url).port,
    CTXD_VICTORIAMETRICS_PORT: '9',
  };
  expect(await look(env)).toMatch(/^No live sessions\.[^]*\n  ctxd connect [^]*\n  ctxd doctor /);
  const body = JSON.stringify({ tokensUsed: 150_000 });
  await fetch(`${receiver.url}/v1/sessions/alpha/usage`, { method: 'POST', body });
  expect(await look(env)).toMatch(/^SESSION [^]*\nalpha [^]*75%[^]*\nNext:\n  ctxd monitor /);
  expect(await look({ ...env, CTXD_RECEIVER_PORT: '9' })).toMatch(
    /^The stack does not run here\.[^]*  ctxd up /,
  );
});

test.each([[undefined], [{ sessions: [], waiting: [] }]])('there are three next steps for %j', (model) => {
  expect(nextSteps(model)).toHaveLength(3);
});
