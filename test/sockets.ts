import { readdir, readFile, readlink } from 'node:fs/promises';

/** A socket of a process, by its row in proc_net(5). */
export interface Socket {
  /** `listening` also stands for a UDP socket that takes packets from anywhere. */
  readonly kind: 'listening' | 'connected';
  /** Address and port, such as `127.0.0.1:4318`; of IPv6 the 32 hexadecimal digits. */
  readonly local: string;
  readonly remote: string;
}

/** The TCP and UDP sockets of a process on Linux that listen or are connected. */
export async function socketsOf(pid: number): Promise<Socket[]> {
  const inodes = await inodesOf(pid);
  const tables = ['tcp', 'tcp6', 'udp', 'udp6'].map(async (table) => await rowsOf(`/proc/net/${table}`));
  return (await Promise.all(tables)).flat().flatMap(([, local = '', remote = '', state = '', ...rest]) => {
    const kind = kinds[state];
    if (kind === undefined || !inodes.has(`socket:[${rest[5]}]`)) return [];
    return [{ kind, local: addressIn(local), remote: addressIn(remote) }];
  });
}

/** 01 is established, 02 has sent a SYN, 0A listens, 07 is a UDP socket without a peer. */
const kinds: Readonly<Record<string, Socket['kind']>> = {
  '01': 'connected',
  '02': 'connected',
  '0A': 'listening',
  '07': 'listening',
};

async function inodesOf(pid: number): Promise<Set<string>> {
  const descriptors = await readdir(`/proc/${pid}/fd`).catch(() => []);
  const links = descriptors.map(async (fd) => await readlink(`/proc/${pid}/fd/${fd}`).catch(() => ''));
  return new Set(await Promise.all(links));
}

async function rowsOf(table: string): Promise<string[][]> {
  const text = await readFile(table, 'utf8').catch(() => '');
  return text.split('\n').map((line) => line.trim().split(/\s+/));
}

/** `0100007F:10DE` is 127.0.0.1:4318, and so is its form for IPv6. */
function addressIn(hex: string): string {
  const [address = '', port = ''] = hex.replace(/^0{16}FFFF0000/, '').split(':');
  const bytes = address.length === 8 ? (address.match(/../g) ?? []).toReversed() : [];
  const shown = bytes.length === 4 ? bytes.map((byte) => Number.parseInt(byte, 16)).join('.') : address;
  return `${shown}:${Number.parseInt(port, 16)}`;
}
