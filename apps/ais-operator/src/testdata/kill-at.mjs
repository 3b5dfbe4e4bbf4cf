// Loaded before the operator: kills it at its nth point. Each request that changes something, at the
// API server or at AIStore, has two of them: right before it is sent, and as its answer arrives.
import { writeSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import { syncBuiltinESMExports } from 'node:module';

const at = Number(process.env.KILL_AT);
let points = 0;

function point(when, what) {
  points += 1;
  if (points !== at) return;
  writeSync(2, `killed at point ${at}: ${when} ${what}\n`);
  process.kill(process.pid, 'SIGKILL');
  // The signal comes before anything else runs.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
}

/** Leases and events change nothing of a cluster. */
const others = /^\/apis\/(coordination|events|authentication|authorization)\.k8s\.io\//;

for (const module of [http, https]) {
  const { request } = module;
  module.request = (options, ...rest) => {
    const made = request(options, ...rest);
    const { method = 'GET', path = '' } = options;
    if (method === 'GET' || others.test(path)) return made;
    const end = made.end.bind(made);
    let what = `${method} ${path.split('?')[0]}`;
    made.end = (body, ...more) => {
      // AIStore is asked for everything at one address.
      const action = path.startsWith('/v1/') ? /"action":"([^"]*)"/.exec(body)?.[1] : undefined;
      if (action !== undefined) what = `AIStore's ${action}`;
      point('before', what);
      return end(body, ...more);
    };
    made.prependListener('response', () => point('after', what));
    return made;
  };
}
syncBuiltinESMExports();
