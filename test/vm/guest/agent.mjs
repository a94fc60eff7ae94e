// SPDX-License-Identifier: Apache-2.0
//
// The guest's side of the rig: runs what the host asks for over a virtio-serial port, one JSON object a line in both directions
// (protocol.ts names them). It is plain JavaScript without imports from the project, so that it runs under any Node and starts fast.

import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { closeSync, openSync, read, readdirSync, readFileSync, write } from 'node:fs';

const PORT_NAME = 'riptides.agent';
const HIGH_WATER = 1 << 20;
/** How long output may still arrive after a command ended while something that it started keeps the pipe open. */
const DRAIN_MS = 250;
/** How long a killed process may take to die before the host is told that it cannot be killed. */
const KILL_MS = 5000;

const port = openPort();
const jobs = new Map();
const queue = [];
let queued = 0;
let writing = false;

function openPort() {
  const folder = '/sys/class/virtio-ports';
  const name = readdirSync(folder).find(
    (entry) => readFileSync(`${folder}/${entry}/name`, 'utf8').trim() === PORT_NAME,
  );
  if (name === undefined) throw new Error(`no virtio-serial port is called ${PORT_NAME}`);
  return openSync(`/dev/${name}`, 'r+');
}

function send(message) {
  const line = Buffer.from(`${JSON.stringify(message)}\n`);
  queue.push(line);
  queued += line.length;
  if (queued > HIGH_WATER) for (const job of jobs.values()) job.pause();
  if (!writing) writeNext();
}

function writeNext() {
  const line = queue[0];
  if (line === undefined) {
    writing = false;
    return;
  }
  writing = true;
  write(port, line, 0, line.length, null, (error, count) => {
    if (error) {
      console.error(`riptides-vm: agent cannot write: ${error.message}`);
      process.exit(2);
    }
    queued -= count;
    if (count === line.length) queue.shift();
    else queue[0] = line.subarray(count);
    if (queued <= HIGH_WATER) for (const job of jobs.values()) job.resume();
    writeNext();
  });
}

/** The port knows no end of file while the host lives, so the loop ends with the guest. */
function readNext(rest) {
  const chunk = Buffer.allocUnsafe(1 << 16);
  read(port, chunk, 0, chunk.length, null, (error, count) => {
    if (error || count === 0) {
      console.error(`riptides-vm: agent cannot read: ${error ? error.message : 'the host closed the port'}`);
      process.exit(2);
    }
    let bytes = Buffer.concat([rest, chunk.subarray(0, count)]);
    for (let end = bytes.indexOf(10); end >= 0; end = bytes.indexOf(10)) {
      receive(JSON.parse(bytes.subarray(0, end).toString()));
      bytes = bytes.subarray(end + 1);
    }
    readNext(bytes);
  });
}

function receive(message) {
  const job = jobs.get(message.id);
  switch (message.op) {
    case 'start':
      start(message);
      return;
    case 'kill':
      job?.kill(message.signal);
      return;
    case 'stdin':
      job?.input(message.data);
      return;
    case 'kmsg':
      // Through the job machinery, a marker would be one more process; the kernel log is also a plain file.
      logMarker(message);
      return;
    default:
      send({
        op: 'error',
        id: message.id,
        message: `the agent knows no operation ${JSON.stringify(message.op)}`,
      });
  }
}

function logMarker(message) {
  const file = openSync('/dev/kmsg', 'w');
  write(file, `<5>${message.text}\n`, (error) => {
    closeSync(file);
    send(error ? { op: 'error', id: message.id, message: error.message } : { op: 'done', id: message.id });
  });
}

function start({ id, argv, env, cwd, uid, gid, stdin, timeoutMs }) {
  let child;
  try {
    // Its own session: a deadline ends everything that the command started and left in it.
    child = spawn(argv[0], argv.slice(1), {
      cwd,
      env,
      uid,
      gid,
      detached: true,
      stdio: [stdin ? 'pipe' : 'ignore', 'pipe', 'pipe'],
    });
  } catch (error) {
    send({ op: 'error', id, message: error.message });
    return;
  }

  let ended;
  let timedOut = false;
  let openPipes = 2;
  const timers = new Set();
  const after = (milliseconds, action) => timers.add(setTimeout(() => action(), milliseconds));

  const finish = (result) => {
    if (!jobs.delete(id)) return;
    for (const timer of timers) clearTimeout(timer);
    child.stdout.destroy();
    child.stderr.destroy();
    send({ id, ...result });
  };
  const settle = () => {
    if (ended !== undefined && openPipes === 0) finish({ op: 'exit', ...ended, timedOut });
  };
  const kill = (signal) => {
    const { pid } = child;
    // It could not be started.
    if (typeof pid !== 'number') return;
    try {
      process.kill(-pid, constants.signals[signal] ?? signal);
    } catch (error) {
      if (error.code !== 'ESRCH') send({ op: 'error', id, message: error.message });
    }
  };

  jobs.set(id, {
    kill,
    input: (data) => (data === null ? child.stdin?.end() : child.stdin?.write(Buffer.from(data, 'base64'))),
    pause: () => [child.stdout, child.stderr].forEach((stream) => stream.pause()),
    resume: () => [child.stdout, child.stderr].forEach((stream) => stream.resume()),
  });

  child.on('spawn', () => send({ op: 'started', id, pid: child.pid }));
  child.on('error', (error) => finish({ op: 'error', message: error.message }));
  child.on('exit', (code, signal) => {
    ended = { code, signal };
    after(DRAIN_MS, () => finish({ op: 'exit', ...ended, timedOut }));
    settle();
  });
  child.stdin?.on('error', () => {}); // A command need not read its input.
  for (const [stream, op] of [
    [child.stdout, 'stdout'],
    [child.stderr, 'stderr'],
  ]) {
    stream.on('data', (chunk) => send({ op, id, data: chunk.toString('base64') }));
    stream.on('close', () => {
      openPipes -= 1;
      settle();
    });
  }
  if (timeoutMs > 0) {
    after(timeoutMs, () => {
      timedOut = true;
      kill('SIGKILL');
      after(KILL_MS, () =>
        finish({ op: 'error', message: `process ${child.pid} does not die: it is stuck in the kernel` }),
      );
    });
  }
}

send({ op: 'ready', node: process.version });
readNext(Buffer.alloc(0));
