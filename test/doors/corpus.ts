import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';

const folder = join(import.meta.dirname, 'corpus');

/** Known bad inputs, by name. Every entry point must survive them. */
export const corpus: readonly (readonly [name: string, bytes: Buffer])[] = readdirSync(folder)
  .toSorted()
  .map((name) => [name, readFileSync(join(folder, name))]);

/** A fixed seed gives the same values in every run, so that only a change to the code changes the result. */
export const bounded = { seed: 15, numRuns: 150, endOnFailure: true } as const;

/** A session id that is allowed as a label. */
export const validId = /^[\w.:-]{1,128}$/;

/** Hostile strings, as names from outside could be. */
export const hostileText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 200 }),
  fc.string({ unit: 'grapheme', maxLength: 200 }),
  fc.constantFrom(
    '\u001B[2J\u001B]0;x\u0007',
    '=cmd|1',
    '＝1+1',
    '@SUM(A1)',
    '\t-1',
    'a"b,c\r\nd',
    '\u202Ereversed',
    '"}) or vector(1) #',
    '{{ .Labels }}',
    '\uD800',
    '__proto__',
    '-'.repeat(300),
  ),
);

/** Bodies whose known fields hold arbitrary values, any JSON, and bytes that are not JSON. */
export const hostileBody = fc.oneof(
  fc
    .dictionary(
      fc.constantFrom(
        'session_id',
        'context_window',
        'hook_event_name',
        'resourceLogs',
        'alerts',
        'tokensUsed',
        'name',
      ),
      fc.oneof(fc.jsonValue(), hostileText, fc.double(), fc.constantFrom('s1', 'Stop', 'SessionEnd')),
    )
    .map((value) => Buffer.from(JSON.stringify(value))),
  fc.json().map((text) => Buffer.from(text)),
  fc.uint8Array({ maxLength: 500 }).map((bytes) => Buffer.from(bytes)),
);
