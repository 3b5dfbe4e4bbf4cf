/** The program that does in a guest what the host asks for, over a port of the virtual machine; it ends with the port. */
import { open, readdir, readFile } from 'node:fs/promises';
import { errorMessage, HwError, isHwError } from '@rackwright/core';
import { HostRoot } from '@rackwright/host';
import { LineReader } from '../line-socket.ts';
import { agentPort } from '../port-name.ts';
import { guestCalls } from './calls.ts';
import type { GuestReply, GuestRequest } from './protocol.ts';

// The read that waits for the host would keep an ordinary exit waiting for ever.
process.on('uncaughtException', (error) => {
  process.stderr.write(`agent: ${errorMessage(error)}\n`);
  process.kill(process.pid, 'SIGKILL');
});

// A port can be open once only.
const port = await open(await findPort(), 'r+');
const output = port.createWriteStream({ autoClose: false });
const lines = new LineReader();
reply({ id: 0 });
for await (const piece of port.createReadStream({ autoClose: false })) {
  for (const line of lines.push(piece as Buffer)) void answer(JSON.parse(line) as GuestRequest);
}

/** The device of the port with our name. */
async function findPort(): Promise<string> {
  const root = new HostRoot();
  const folder = root.path(root.sys('class/virtio-ports'));
  for (const device of await readdir(folder)) {
    const name = await readFile(`${folder}/${device}/name`, 'utf8').catch(() => '');
    if (name.trim() === agentPort) return root.path(root.dev(device));
  }
  throw new HwError('NotFound', `this machine has no port ${agentPort}`);
}

async function answer({ id, call, argument }: GuestRequest): Promise<void> {
  try {
    const perform = guestCalls[call] as (argument: unknown) => Promise<unknown>;
    reply({ id, value: await perform(argument) });
  } catch (error) {
    const code = isHwError(error) ? error.code : 'Internal';
    reply({ id, error: { code, message: errorMessage(error) } });
  }
}

function reply(message: GuestReply): void {
  output.write(`${JSON.stringify(message)}\n`);
}
