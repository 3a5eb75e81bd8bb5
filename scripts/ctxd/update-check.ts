// Started in the background once a day: asks npm, with the user's own settings of npm, for the newest version.
import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { readUpdateRecord } from './update-notice.ts';

const [file = ''] = process.argv.slice(2);
const words = ['view', 'ctxd', 'version', '--no-update-notifier', '--fetch-retries=0'];

// In a folder of nobody's, because npm reads settings of the project around it.
execFile('npm', words, { cwd: tmpdir(), timeout: 60_000 }, (error, stdout) => {
  const latest = stdout.trim();
  if (error || !/^\d+\.\d+\.\d+$/.test(latest)) return;
  try {
    // Fails when ctxd was uninstalled meanwhile, whose folder then stays away.
    writeFileSync(file, JSON.stringify({ ...readUpdateRecord(file), latest }));
  } catch {}
});
