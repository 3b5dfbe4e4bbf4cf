// Loaded before the driver: kills it right before its nth call that changes a file or starts a program, as a crash would.
import child from 'node:child_process';
import { writeSync } from 'node:fs';
import fs from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';

const at = Number(process.env.KILL_AT);
let calls = 0;

function count(name) {
  calls += 1;
  if (calls === at) {
    writeSync(2, `killed before call ${at}: ${name}\n`);
    process.kill(process.pid, 'SIGKILL');
    // The signal comes before anything else runs.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  }
}

const open = fs.open;
for (const name of ['mkdir', 'rename', 'rm', 'rmdir', 'symlink', 'truncate']) {
  const call = fs[name];
  fs[name] = (...args) => {
    count(name);
    return call(...args);
  };
}
fs.open = async (...args) => {
  const writes = typeof args[1] === 'string' && /[wa]/.test(args[1]);
  if (writes) count('open');
  const handle = await open(...args);
  if (!writes) return handle;
  for (const name of ['writeFile', 'sync']) {
    const call = handle[name].bind(handle);
    handle[name] = (...rest) => {
      count(name);
      return call(...rest);
    };
  }
  return handle;
};
const spawn = child.spawn;
child.spawn = (...args) => {
  count('spawn');
  return spawn(...args);
};
syncBuiltinESMExports();
