import { disconnect } from './connect/disconnect.ts';
import { main, terminal } from './connect/main.ts';

process.exitCode = await main(disconnect, process.argv.slice(2), terminal());
