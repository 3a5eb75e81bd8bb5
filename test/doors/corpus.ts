import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';

const folder = join(import.meta.dirname, 'corpus');

/** Bad inputs that were found once or thought of, by name: what every door has to stand. */
export const corpus: readonly (readonly [name: string, bytes: Buffer])[] = readdirSync(folder)
  .toSorted()
  .map((name) => [name, readFileSync(join(folder, name))]);

/** The same values in every run, so that the outcome depends on nothing but the code. */
export const bounded = { seed: 15, numRuns: 150, endOnFailure: true } as const;

/** A session id as a label may have it. */
export const validId = /^[\w.:-]{1,128}$/;

/** Names from outside, as hostile as strings get. */
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

/** The fields that readers look at, holding anything, and bytes that are no JSON at all. */
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
