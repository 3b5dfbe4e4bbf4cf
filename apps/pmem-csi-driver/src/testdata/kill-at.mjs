// Loaded before the driver: kills it at its nth call that changes a file or starts a program, with
// every program that it runs, as the end of a container does. What takes its time has two points:
// right before it, and while it goes on.
import child from 'node:child_process';
import { constants, default as sync, writeSync } from 'node:fs';
import fs from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { basename } from 'node:path';

const at = Number(process.env.KILL_AT);
const programs = new Set();
let points = 0;

function die(call) {
  for (const { pid } of programs) {
    try {
      process.kill(-pid, 'SIGKILL');
    } catch {
      // It has just ended.
    }
  }
  writeSync(2, `killed at call ${at}: ${call}\n`);
  process.kill(process.pid, 'SIGKILL');
  // The signal comes before anything else runs.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
}

function before(name) {
  points += 1;
  if (points === at) die(`before ${name}`);
}

function during(name, afterMs) {
  points += 1;
  if (points === at) setTimeout(die, afterMs, `during ${name}`);
}

/** Counts calls of functions of an object. */
function count(object, names, isChange = () => true) {
  for (const name of names) {
    const call = object[name].bind(object);
    object[name] = (...args) => {
      if (isChange(...args)) before(name);
      return call(...args);
    };
  }
}

const { O_ACCMODE = 3, O_CREAT, O_RDONLY, O_TRUNC } = constants;
const isText = (flags) => typeof flags === 'string' && /[wa+]/.test(flags);
const writes = (flags) => isText(flags) || (typeof flags === 'number' && (flags & O_ACCMODE) !== O_RDONLY);
const makes = (flags) =>
  isText(flags) ? !flags.startsWith('r') : typeof flags === 'number' && (flags & (O_CREAT | O_TRUNC)) !== 0;

count(sync, ['mkdirSync', 'renameSync', 'rmSync']);
count(fs, ['chmod', 'link', 'mkdir', 'rename', 'rmdir', 'symlink', 'truncate', 'unlink', 'writeFile']);
const { open, rm } = fs;
fs.rm = (path, options) => {
  before('rm');
  const removed = rm(path, options);
  if (options?.recursive) during('rm', 0);
  return removed;
};
fs.open = async (path, flags, ...rest) => {
  if (makes(flags)) before('open');
  const handle = await open(path, flags, ...rest);
  if (writes(flags)) count(handle, ['datasync', 'sync', 'truncate', 'write', 'writeFile', 'writev']);
  return handle;
};
const { spawn } = child;
child.spawn = (program, ...rest) => {
  const name = basename(program);
  before(name);
  const started = spawn(program, ...rest);
  if (started.pid !== undefined) programs.add(started);
  started.once('exit', () => programs.delete(started));
  // Some are just starting, some are at work and some have just ended.
  during(name, (points * 7) % 60);
  return started;
};
syncBuiltinESMExports();
