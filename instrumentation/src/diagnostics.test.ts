import { diag, DiagLogLevel } from '@opentelemetry/api';
import { afterEach, expect, test } from 'vitest';
import { warnRarely } from './diagnostics.ts';

afterEach(() => diag.disable());

test('warns once a minute per topic and says how many warnings were withheld', () => {
  const said: string[] = [];
  const ignore = () => undefined;
  diag.setLogger(
    { warn: (message) => said.push(message), error: ignore, info: ignore, debug: ignore, verbose: ignore },
    DiagLogLevel.WARN,
  );
  warnRarely('one', 'first', 0);
  warnRarely('one', 'second', 59_999);
  warnRarely('two', 'other', 59_999);
  warnRarely('one', 'third', 60_000);
  expect(said).toEqual([
    'koa-context-window: first',
    'koa-context-window: other',
    'koa-context-window: third (and 1 more of this kind since)',
  ]);
});
