'use strict';
/*
 * Started by `stack:up`: finds parts that have died or that hang, and lets supervise.ts restart them. In Docker it only
 * probes them: the engine itself restarts what dies.
 *
 * It runs for as long as the stack does, so it is plain JavaScript and loads next to nothing: 47 MiB rather than 95. It probes
 * over plain TCP, because `http` and `fetch` alone take 15 MiB. Natively it needs no record of the stack, only the pid files.
 */
const { spawn } = require('node:child_process');
const { existsSync, readdirSync, readFileSync, statSync, utimesSync } = require('node:fs');
const { connect } = require('node:net');
const { join } = require('node:path');

const roundMillis = 500;
const probeMillis = 5_000;
/** A part hangs after so many probes in a row without an answer: 15 s. */
const mostUnanswered = 3;
/** The same for a part that has not answered yet, because it may be reading its data: 2 min. */
const mostUnansweredAtStart = 24;
/** How often supervise.ts repeats that a part is disabled. */
const repeatMillis = 60_000;
/** How long to wait after a failure, or while another command works on the stack. */
const failedMillis = 3_000;
/** As long as the longest pause before a restart. A later time is from before the clock was changed. */
const longestPauseMillis = 15 * 60_000;
const rotateBytes = 10 * 1_024 * 1_024;

const stateDir = process.argv[2] ?? '';
const ownFile = join(stateDir, 'run', 'supervisor.json');
/** By the name of the part: the process that was probed last and its answers. */
const probes = new Map();
let nextRunMillis = 0;
let nextRepeatMillis = 0;

setInterval(() => {
  try {
    round();
  } catch (error) {
    console.log(`${new Date().toISOString()} ${String(error)}`);
  }
}, roundMillis);

function round() {
  const own = readJson(ownFile);
  // Another supervisor has taken over, or the stack was stopped.
  if ((own && own.pid !== process.pid) || !existsSync(join(stateDir, 'stack.json'))) process.exit();
  // Commands take the time of this file for a sign of life.
  if (own) utimesSync(ownFile, new Date(), new Date());
  const parts = startedParts();
  for (const [name, part] of parts) probe(name, part);
  const hung = parts.filter(([name, part]) => part.isAlive && hangs(name)).map(([name]) => name);
  const isDue = hung.length > 0 || !isRecordReadable() || hasLongLog() || parts.some(needsRestart);
  if (isDue && performance.now() >= nextRunMillis) superviseOnce(hung);
}

/** The parts that were started and not stopped, with what their pid files say. An unreadable one is that of a dead process. */
function startedParts() {
  const record = readJson(join(stateDir, 'stack.json'));
  if (record?.runtime === 'docker' && Array.isArray(record.parts)) return record.parts.map(container(record));
  const run = join(stateDir, 'run');
  const files = readdirSync(run).filter((file) => /^[a-z]+\.json$/.test(file));
  return files
    .filter((file) => file !== 'supervisor.json' && file !== 'crashes.json')
    .map((file) => {
      const identity = readJson(join(run, file)) ?? {};
      return [file.replace('.json', ''), { ...identity, isAlive: isAlive(identity) }];
    });
}

/** A container has no process that this one could see. Any answer at any path will do. */
const container =
  ({ ports }) =>
  (name) => [name, { pid: 0, isAlive: true, ports: ports?.[name], healthPath: '/' }];

/** Linux also tells zombies, and other processes with the same pid. Elsewhere supervise.ts finds those once the probe fails. */
function isAlive({ pid, startTime }) {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  if (process.platform === 'linux') {
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      return fields[0] !== 'Z' && fields[0] !== 'X' && String(startTime).endsWith(`:${fields[19]}`);
    } catch {
      return false;
    }
  }
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

function needsRestart([name, { isAlive }]) {
  if (isAlive) return false;
  const { startAtMillis = 0, disabled = false } =
    readJson(join(stateDir, 'run', 'crashes.json'))?.[name] ?? {};
  const waitsMillis = startAtMillis - Date.now();
  if (disabled && performance.now() >= nextRepeatMillis) return true;
  return waitsMillis <= 0 || waitsMillis > longestPauseMillis;
}

/** Whatever the answer is, also one that asks for a password: the part does not hang. */
function probe(name, { pid, isAlive, ports, healthPath }) {
  const before = probes.get(name);
  const now = performance.now();
  if (!isAlive || !ports?.health || (before?.pid === pid && now < before.nextMillis)) return;
  const state = before?.pid === pid ? before : { pid, unanswered: 0, hasAnswered: false };
  probes.set(name, { ...state, nextMillis: now + probeMillis });
  ask(ports.health, healthPath, (hasAnswered) => {
    const current = probes.get(name);
    if (current?.pid !== pid) return;
    current.unanswered = hasAnswered ? 0 : current.unanswered + 1;
    current.hasAnswered ||= hasAnswered;
  });
}

function ask(port, path, done) {
  const socket = connect({ port, host: '127.0.0.1', timeout: probeMillis });
  let isDone = false;
  const end = (hasAnswered) => {
    if (!isDone) done(hasAnswered);
    isDone = true;
    socket.destroy();
  };
  socket.once('connect', () => socket.write(`GET ${path} HTTP/1.0\r\nHost: 127.0.0.1:${port}\r\n\r\n`));
  socket.once('data', () => end(true));
  for (const event of ['timeout', 'error', 'close']) socket.once(event, () => end(false));
}

function hangs(name) {
  const { unanswered = 0, hasAnswered } = probes.get(name) ?? {};
  return unanswered >= (hasAnswered ? mostUnanswered : mostUnansweredAtStart);
}

function isRecordReadable() {
  return Array.isArray(readJson(join(stateDir, 'stack.json'))?.parts);
}

function hasLongLog() {
  const folder = join(stateDir, 'log');
  const logs = readdirSync(folder).filter((name) => name.endsWith('.log'));
  return logs.some((name) => statSync(join(folder, name)).size > rotateBytes);
}

function superviseOnce(hung) {
  nextRunMillis = Infinity;
  const built = join(__dirname, 'supervise.mjs');
  const script = existsSync(built) ? built : join(__dirname, 'supervise.ts');
  const child = spawn(process.execPath, [script, stateDir, ...hung], { stdio: 'inherit', timeout: 120_000 });
  child.once('error', (error) => console.log(`${new Date().toISOString()} ${String(error)}`));
  child.once('close', (exitCode) => {
    // A container that was restarted is one that has not answered yet.
    for (const name of hung) if (probes.get(name)?.pid === 0) probes.delete(name);
    const hasFailed = exitCode !== 0 || existsSync(join(stateDir, 'lock'));
    nextRunMillis = performance.now() + (hasFailed ? failedMillis : 0);
    if (!hasFailed) nextRepeatMillis = performance.now() + repeatMillis;
  });
}

function readJson(path) {
  try {
    const value = JSON.parse(readFileSync(path, 'utf8'));
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}
