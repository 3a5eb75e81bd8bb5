/** What a test says when the contract differs from the list in `test/contract`. */
export const contractChanged = [
  'The contract has changed: somebody may rely on what it was.',
  'If you want that, add a line to CHANGELOG.md, or to instrumentation/CHANGELOG.md, that says so. Then update the list:',
  'npx vitest run --config test/vitest.config.ts --project integration test/contract.test.ts test/walkthrough.test.ts -u',
].join('\n');
