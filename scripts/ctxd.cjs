#!/usr/bin/env node
'use strict';
require('./load-settings.cjs');
void import('./ctxd.ts');
