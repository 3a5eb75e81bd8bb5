#!/usr/bin/env node
'use strict';
require('./check-node.cjs');
const { enableCompileCache } = require('node:module');
const { join } = require('node:path');

// Halves the time until a command does something.
enableCompileCache(join(__dirname, '../node_modules/.cache/node'));
// A prompt waits for these, so that they load as little as possible.
const [word, ...args] = process.argv.slice(2);
if (word === 'segment' || word === 'statusline') {
  void import('./ctxd/glance.ts').then(({ glance }) => glance(word, args));
} else {
  void import('./ctxd/process.ts');
}
