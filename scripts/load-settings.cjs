'use strict';
// What the commands run first that go by the user's settings: those in ctxd.env, unless the environment has them already.
require('./check-node.cjs');
const { existsSync } = require('node:fs');
const { join } = require('node:path');

const file = join(__dirname, '../ctxd.env');
if (existsSync(file)) process.loadEnvFile(file);
