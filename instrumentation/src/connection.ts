import type { Socket } from 'node:net';

const names = new WeakMap<Socket, string>();
let unnamedConnections = 0;

/**
 * Names a connection. The name stays the same as long as the connection is open: `conn_<address>:<port>` of the peer, or
 * `conn_<number>` if the peer has no address (a Unix socket).
 */
export function connectionName(socket: Socket): string {
  const known = names.get(socket);
  if (known !== undefined) return known;
  const name = socket.remoteAddress === undefined ? `conn_${++unnamedConnections}` : peerName(socket);
  names.set(socket, name);
  return name;
}

function peerName({ remoteAddress = '', remotePort = 0 }: Socket): string {
  return `conn_${remoteAddress.replaceAll('%', '-')}:${remotePort}`;
}
