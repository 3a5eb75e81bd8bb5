import { Document, isMap, isScalar } from 'yaml';
import { type FileName, sharedFiles } from './files.ts';
import {
  imageReference,
  imageVariable,
  type Login,
  type Part,
  type PartName,
  partNamed,
  parts,
  type Surroundings,
} from './parts.ts';
import { portVariable } from './ports.ts';

/** How often Docker restarts a part that crashes, waiting twice as long each time; then the part is disabled. */
export const restartLimit = 8;

/** The folders of Claude Code that a container reads: its transcripts, and the files of its running processes. */
export const claudeFolders = ['projects', 'sessions'];

const claudeDir = '/etc/ctxd/claude';

const heading = ` Generated from compose/parts.ts by \`npm run generate\`: do not edit.
 Started by \`npm run stack:up\`, which creates the folders, secrets and settings that it mounts.`;

/** The compose file of the `docker` runtime: one service per part, from the same table as the native processes. */
export function composeFile(): string {
  const services = Object.fromEntries(parts.map((part) => [part.name, service(part)]));
  const document = new Document({ name: 'ctxd', services }, { aliasDuplicateObjects: false });
  document.commentBefore = heading;
  commentServices(document.get('services'));
  return document.toString({ lineWidth: 0 });
}

/** A part's surroundings inside its container; public addresses are those published on this machine. */
export function inContainer(part: Part): Surroundings {
  return {
    listen: (role = 'main') => `0.0.0.0:${containerPort(part, role)}`,
    dataDir: part.image.dataDir,
    url: (name) => `http://${name}:${partNamed(name).port}`,
    publicUrl: (name) => `http://127.0.0.1:${publishedPort(name, 'main')}`,
    file: (name) => pathInContainer(name),
    ...(part.readsClaude && { claudeDir }),
    setting: (variable, fallback) => `\${${variable}:-${fallback}}`,
  };
}

/** The service of a part, with compose's variables not yet replaced. */
export function service(part: Part) {
  const at = inContainer(part);
  const environment = Object.entries(part.env(at)).map(([key, value]) => [
    key,
    value.replaceAll('$__', '$$$$__'),
  ]);
  const passed = (part.passes ?? []).map((name) => [name, `\${${name}:-}`]);
  return {
    image: `\${${imageVariable(part.name)}:-${imageReference(part.image)}}`,
    ...(part.image.command && { entrypoint: part.image.command }),
    command: part.args(at),
    ...(environment.length > 0 && { environment: Object.fromEntries([...environment, ...passed]) }),
    ...(part.after.length > 0 && { depends_on: dependencies(part) }),
    ports: publishedPorts(part),
    volumes: [
      ...part.files.map(sharedMount),
      ...(part.readsClaude ? claudeFolders.map(claudeMount) : []),
      dataMount(part),
    ],
    tmpfs: ['/tmp'],
    ...(part.image.wget && { healthcheck: healthCheck(part) }),
    // The user who starts the stack: nobody else may read the secrets, and that user can delete the data.
    user: '${CTXD_USER:?start the stack with npm run stack:up}',
    read_only: true,
    cap_drop: ['ALL'],
    security_opt: ['no-new-privileges:true'],
    extra_hosts: ['host.docker.internal:host-gateway'],
    // The processes of the machine: which sessions of Claude Code run shows nowhere else once they are killed.
    ...(part.readsClaude && { pid: 'host' }),
    mem_limit: part.memoryLimit,
    pids_limit: 256,
    logging: { driver: 'json-file', options: { 'max-size': '10m', 'max-file': '2' } },
    restart: `on-failure:${restartLimit}`,
  };
}

function commentServices(services: unknown): void {
  if (!isMap(services)) return;
  for (const [index, { key }] of services.items.entries()) {
    const comment = parts[index]?.comment;
    if (!isScalar(key) || comment === undefined) continue;
    key.commentBefore = comment.map((line) => ` ${line}`).join('\n');
    key.spaceBefore = index > 0;
  }
}

const dependencies = (part: Part) =>
  Object.fromEntries(part.after.map((name) => [name, { condition: 'service_healthy' }]));

const containerPort = (part: Part, role: 'main' | 'health') =>
  role === 'health' ? (part.healthPort ?? part.port) : part.port;

function publishedPort(name: PartName, role: 'main' | 'health'): string {
  return `\${${portVariable(name, role)}:-${containerPort(partNamed(name), role)}}`;
}

function publishedPorts(part: Part): string[] {
  const roles: ('main' | 'health')[] = part.healthPort === undefined ? ['main'] : ['main', 'health'];
  const host = (role: 'main' | 'health') =>
    part.opens && role === 'main' ? '${CTXD_BIND:-127.0.0.1}' : '127.0.0.1';
  return roles.map((role) => `${host(role)}:${publishedPort(part.name, role)}:${containerPort(part, role)}`);
}

const pathInContainer = (name: FileName) => `/etc/ctxd/${sharedFiles[name].path}`;

// `z` lets containers read the files on systems with SELinux; other systems ignore it.
const bind = { selinux: 'z' };
const stateDir = '${CTXD_STATE_DIR:?start the stack with npm run stack:up}';

function sharedMount(name: FileName) {
  const { from, path } = sharedFiles[name];
  const source = from === 'state' ? `${stateDir}/${path}` : `../../${path}`;
  return { type: 'bind', source, target: pathInContainer(name), read_only: true, bind };
}

function claudeMount(name: string) {
  const source = `\${CTXD_CLAUDE_DIR:?start the stack with npm run stack:up}/${name}`;
  return { type: 'bind', source, target: `${claudeDir}/${name}`, read_only: true, bind };
}

function dataMount({ name, image }: Part) {
  return { type: 'bind', source: `${stateDir}/data/${name}`, target: image.dataDir, bind };
}

function healthCheck(part: Part) {
  return { test: healthCommand(part), interval: '2s', timeout: '2s', retries: 30 };
}

function healthCommand(part: Part): string[] {
  const port = containerPort(part, 'health');
  if (part.login && !part.login.hasOpenHealth)
    return ['CMD-SHELL', authenticatedHealthCommand(part.login, port, part.healthPath)];
  return ['CMD', 'wget', '-q', '-O', '-', `http://127.0.0.1:${port}${part.healthPath}`];
}

// `wget` takes the header as an argument, which every user of the machine can read; `printf` is part of the shell.
// `timeout`, because Docker ends only the shell when a check takes too long.
function authenticatedHealthCommand({ user, passwordFile }: Login, port: number, path: string): string {
  const credentials = `printf '${user}:%s' "$$(cat ${pathInContainer(passwordFile)})" | base64 | tr -d '\\n'`;
  const request = `GET ${path} HTTP/1.0\\r\\nAuthorization: Basic %s\\r\\n\\r\\n`;
  return `printf '${request}' "$$(${credentials})" | timeout 2 nc 127.0.0.1 ${port} | grep -q '^HTTP/1.. 200'`;
}
