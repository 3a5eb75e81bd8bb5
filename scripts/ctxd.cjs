#!/usr/bin/env node
'use strict';
require('./check-node.cjs');
const { enableCompileCache } = require('node:module');
const { join } = require('node:path');

// Halves the time until a command does something.
enableCompileCache(join(__dirname, '../node_modules/.cache/node'));
void import('./ctxd/process.ts');
