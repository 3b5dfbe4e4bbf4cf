/**
 * What the network's test does inside the namespaces: asks a server on each of two
 * machines and beside the control plane, at which address it sees who asks.
 * Once more after the first machine has lost its power. Prints all as JSON.
 */
import { mkdir } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { systemClock as clock } from '@rackwright/core';
import { SystemProcessRunner } from '@rackwright/host';
import { waitUntil } from '../wait-until.ts';
import { controlPlaneAddress, type NodeLayout, nodeLayout } from './layout.ts';
import { Machine } from './machine.ts';
import { namespacesFolder } from './namespaces.ts';
import { connectMachine, disconnectMachine, prepareNetwork } from './network.ts';
import { writeNumaTree } from './numa-tree.ts';
import type { ProxiedMachine } from './service-proxy.ts';

const port = 8080;
const askMs = 5000;
const serve = `require('node:net').createServer((s) => s.end(s.remoteAddress)).listen(${port}, '0.0.0.0')`;
const ask = `require('node:net').connect(${port}, process.argv[1]).pipe(process.stdout)`;

async function make(layout: NodeLayout): Promise<NodeLayout> {
  for (const part of [layout.kubeletRoot, layout.host]) await mkdir(part, { recursive: true });
  await writeNumaTree(layout.numa, 1);
  return layout;
}

async function boot(layout: NodeLayout): Promise<Machine> {
  const machine = await Machine.boot(layout, clock);
  await connectMachine(machine, layout, clock);
  await machine.start({
    ...{ name: 'server', program: process.execPath, args: ['-e', serve] },
    ...{ log: join(layout.folder, 'server.log'), env: {}, stopGraceMs: 0 },
  });
  return machine;
}

/** The address a server sees who asks it at. */
function seenBy(host: string, run: ProxiedMachine['run']): Promise<string> {
  return waitUntil(
    `an answer of ${host}`,
    async () => {
      const { code, stdout } = await run([process.execPath, '-e', ask, host]);
      return code === 0 && stdout;
    },
    { clock, deadlineMs: 20_000 },
  );
}

async function pairs(one: Machine, two: Machine): Promise<Record<string, string>> {
  const runner = new SystemProcessRunner(clock);
  const on =
    (machine: Machine): ProxiedMachine['run'] =>
    (argv) =>
      machine.run(argv, askMs);
  return {
    'control plane to 1': await seenBy(first.address, (argv) => runner.run(argv, { deadlineMs: askMs })),
    '1 to control plane': await seenBy(controlPlaneAddress, on(one)),
    '1 to 2': await seenBy(second.address, on(one)),
    '2 to 1': await seenBy(first.address, on(two)),
  };
}

const folder = namespacesFolder(process.env) ?? '';
const first = await make(nodeLayout(folder, 'first', 1));
const second = await make(nodeLayout(folder, 'second', 2));
await prepareNetwork(clock);
createServer((socket) => socket.end(socket.remoteAddress ?? '')).listen(port, controlPlaneAddress);
const one = await boot(first);
const two = await boot(second);
const before = await pairs(one, two);
await one[Symbol.asyncDispose]();
await disconnectMachine(first, clock);
const after = await pairs(await boot(first), two);
process.stdout.write(JSON.stringify({ before, after }), () => process.exit());
