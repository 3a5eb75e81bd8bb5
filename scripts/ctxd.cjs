#!/usr/bin/env node
'use strict';
const { enableCompileCache } = require('node:module');
const { existsSync } = require('node:fs');
const { join } = require('node:path');

// Halves the time until a command does something.
enableCompileCache(join(__dirname, '../node_modules/.cache/node'));
// A clone has TypeScript, which Node runs as it is; the package has it built.
const isClone = existsSync(join(__dirname, 'ctxd/process.ts'));
const load = (name) => import(isClone ? `./ctxd/${name}.ts` : `../dist/scripts/ctxd/${name}.mjs`);
const [word, ...args] = process.argv.slice(2);
// A prompt waits for these, so that they load as little as possible. They need no packages.
const isGlance = word === 'segment' || word === 'statusline';
if (!isGlance || Number.parseInt(process.versions.node, 10) < 24) require('./check-node.cjs');
if (isGlance && isClone) {
  void require('./generated/glance.cjs').glance(word, args);
} else if (isGlance) {
  void load('glance').then(({ glance }) => glance(word, args));
} else {
  void load('process');
}
