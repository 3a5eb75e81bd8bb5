import { main } from './ctxd/main.ts';

process.exitCode = await main(process.argv.slice(2), process);
