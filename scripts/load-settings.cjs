'use strict';
// What the commands run first that go by the user's settings: those in ctxd.env, unless the environment has them already.
require('./check-node.cjs');
const { existsSync } = require('node:fs');
const { enableCompileCache } = require('node:module');
const { join } = require('node:path');

// Halves the time until a command does something.
enableCompileCache(join(__dirname, '../node_modules/.cache/node'));

const file = join(__dirname, '../ctxd.env');
if (existsSync(file)) process.loadEnvFile(file);
