import { expect, test } from 'vitest';
import manifest from '../../package.json' with { type: 'json' };
import { commandWords, packageWording } from './package-wording.ts';

const words = commandWords(manifest.scripts);

test.each([
  ['Start it: npm run stack:up', 'Start it: npx ctxd up'],
  ['npm run stack:up -- --ports auto.', 'npx ctxd up --ports auto.'],
  ['See npm run stack:status, and npm run doctor.', 'See npx ctxd status, and npx ctxd doctor.'],
  ['npm run stack:open -- --page  shows', 'npx ctxd open --page  shows'],
  ['npm run stack:${request.command} -- ${words}', 'npx ctxd ${request.command} ${words}'],
  ['npm run alerts:silence -- --end 7', 'npx ctxd alerts silence --end 7'],
  ['npm run dashboards:push', 'npx ctxd dashboards push'],
  [
    'Usage: npm run connect | disconnect [-- --scope user]',
    'Usage: npx ctxd connect | disconnect [--scope user]',
  ],
  ['npm run ctxd -- autostart on', 'npx ctxd autostart on'],
  ['by `npm run generate`: do not edit', 'by `npm run generate`: do not edit'],
])('%s becomes %s', (inClone, inPackage) => {
  expect(packageWording(inClone, words)).toBe(inPackage);
});
