import fc from 'fast-check';
import { expect, test } from 'vitest';
import { exampleScene, exampleSession } from '../../dashboards/terminal/example-scenes.ts';
import { frame } from '../../dashboards/terminal/frame.ts';
import { plainText } from '../../dashboards/terminal/line.ts';
import { widthOf } from '../../dashboards/text/text.ts';
import { alertLines } from '../../scripts/alerts/inbox.ts';
import { csvLine } from '../../scripts/ctxd/csv.ts';
import { bounded, hostileText } from './corpus.ts';

const moving = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}]/u;

test('no label moves the cursor, reverses a line or makes it too wide', () => {
  const property = fc.property(
    hostileText,
    hostileText,
    fc.integer({ min: 20, max: 160 }),
    (id, name, columns) => {
      const sessions = [exampleSession(id, { name, project: name, model: id, host: name } as object)];
      const lines = frame(exampleScene({ snapshot: { sessions }, size: { columns, rows: 24 } })).map(
        plainText,
      );
      for (const line of lines) {
        expect(line).not.toMatch(moving);
        expect(widthOf(line)).toBeLessThanOrEqual(columns);
      }
    },
  );
  fc.assert(property, bounded);
});

test('no alert moves the cursor', () => {
  const property = fc.property(hostileText, fc.constantFrom('firing', 'resolved'), (text, status) => {
    const texts = {
      name: text,
      severity: text,
      sessionId: text,
      summary: text,
      description: text,
      fingerprint: text,
    };
    const links = { runbookUrl: text, dashboardUrl: text, startsAt: text, endsAt: text };
    const alert = { id: 1, receivedAtMillis: 0, status: status as 'firing', ...texts, ...links };
    for (const line of alertLines(alert)) expect(line).not.toMatch(moving);
  });
  fc.assert(property, bounded);
});

test('a line of CSV parses back into its cells, and a spreadsheet runs none of them', () => {
  const property = fc.property(fc.array(hostileText, { minLength: 1, maxLength: 5 }), (cells) => {
    const read = cellsOf(csvLine(cells));
    expect(read).toHaveLength(cells.length);
    for (const [index, cell] of read.entries()) {
      expect(cell).not.toMatch(/^[=+\-@\t\r＝＋－＠]/);
      expect([cells[index], `'${cells[index]}`]).toContain(cell);
    }
  });
  fc.assert(property, bounded);
});

/** The cells of one record by RFC 4180. */
function cellsOf(line: string): string[] {
  const cell = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n$)/gy;
  return [...line.matchAll(cell)].map(([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain ?? '');
}
