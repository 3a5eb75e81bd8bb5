import { connect } from './connect/connect.ts';
import { main, terminal } from './connect/main.ts';

process.exitCode = await main(connect, process.argv.slice(2), terminal());
