'use strict';
// Runs before every command, so that an old Node or missing packages give a sentence, not a stack trace. It uses only old
// JavaScript, which an old Node understands.
const { spawnSync } = require('child_process');
const { existsSync, realpathSync } = require('fs');
const { join } = require('path');

const modules = join(__dirname, '../node_modules');
/** The Node that `npm install` installs. */
const ownNode = join(modules, 'node/bin/node');
const present = process.versions.node;
// A clone has TypeScript, which Node runs as it is; the package has it built for older ones, too.
const isClone = existsSync(join(__dirname, 'ctxd/process.ts'));
const needed = isClone ? '24' : require('../package.json').engines.node.replace('>=', '');

if (isClone && !existsSync(join(modules, 'zx'))) {
  fail('The packages that ctxd needs are not installed.', 'Install them: npm install --include=dev');
} else if (isOlder(present, needed)) {
  if (existsSync(ownNode) && realpathSync(ownNode) !== process.execPath) continueIn(ownNode);
  fail(
    `ctxd needs Node ${needed} or later; this is Node ${present}.`,
    isClone
      ? 'Install one in this folder: npm rebuild node --ignore-scripts=false. Or on this machine: https://nodejs.org'
      : 'Install a newer one: https://nodejs.org',
  );
}

// Whoever reads the output may stop early, as `head` does. Commands that only print end then; the others finish their work.
process.stdout.on('error', function (error) {
  if (error.code !== 'EPIPE') throw error;
  const words = process.argv.slice(2).join(' ');
  const prints = /^(status|logs|alerts(?! test| silence)|compare|doctor|export|replay|sessions|show)\b/;
  if (prints.test(words)) process.exit();
});

function isOlder(version, than) {
  return version.localeCompare(than, 'en', { numeric: true }) < 0;
}

function continueIn(node) {
  // Ctrl-C reaches both processes. The other one shuts down, and this one waits for it.
  process.on('SIGINT', () => undefined);
  const { status } = spawnSync(node, process.execArgv.concat(process.argv.slice(1)), { stdio: 'inherit' });
  process.exit(status === null ? 1 : status);
}

function fail(sentence, remedy) {
  console.error(`${sentence}\n${remedy}`);
  process.exit(1);
}
