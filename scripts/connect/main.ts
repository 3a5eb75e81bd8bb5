import { exitCodes } from '../../compose/system/stack-error.ts';
import type { Surface } from './agreement.ts';
import { type ConnectArguments, parseArguments, usage } from './arguments.ts';
import { connect } from './connect.ts';
import { disconnect } from './disconnect.ts';

/** Runs `ctxd connect` and returns its exit status. */
export const connectCommand = withArguments(connect);

/** Runs `ctxd disconnect` and returns its exit status. */
export const disconnectCommand = withArguments(disconnect);

function withArguments(command: (request: ConnectArguments, surface: Surface) => Promise<number>) {
  return async (args: readonly string[], surface: Surface): Promise<number> => {
    const request = parseArguments(args, surface.folder);
    if (!request.help) return await command(request, surface);
    surface.print(usage);
    return exitCodes.ok;
  };
}
