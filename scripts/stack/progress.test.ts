import { describe, expect, test } from 'vitest';
import { liveProgress, plainProgress } from './progress.ts';

/** The final screen of a terminal that knows newlines, moving up, and clearing below. */
function screenOf(written: string): string[] {
  const lines: string[] = [];
  let row = 0;
  const readable = written.replaceAll('\u001B', '␛');
  for (const [, up, text] of readable.matchAll(/␛\[(\d+)A␛\[J|([^\n␛]*)\n/g)) {
    if (up === undefined) lines[row++] = text ?? '';
    else lines.length = row -= Number(up);
  }
  return lines;
}

describe('the progress', () => {
  test('in a pipe is one line per part, once it is done, without control characters', () => {
    const printed: string[] = [];
    const progress = plainProgress((line) => void printed.push(line));
    progress.set('collector', 'starting');
    progress.print('Starting …');
    progress.set('collector', 'healthy after 0.4 s', true);
    progress.close();
    expect(printed).toEqual(['Starting …', '  collector        healthy after 0.4 s']);
  });

  test('on a terminal is one line per part, redrawn in place below what is printed', () => {
    let written = '';
    const progress = liveProgress({ write: (text) => void (written += text), columns: 40 });
    progress.print('Starting …');
    progress.set('collector', 'starting');
    progress.set('vmalert', 'starting');
    expect(screenOf(written)).toEqual([
      'Starting …',
      '  … collector        starting',
      '  … vmalert          starting',
    ]);
    progress.print('A warning');
    progress.set('collector', 'healthy after 0.4 s, and more than fits', true);
    progress.set('vmalert', 'healthy', true);
    progress.print('Done');
    progress.close();
    expect(screenOf(written)).toEqual([
      'Starting …',
      'A warning',
      '  ✔ collector        healthy after 0.4 ',
      '  ✔ vmalert          healthy',
      'Done',
    ]);
  });
});
