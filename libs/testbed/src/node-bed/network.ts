import { writeFile } from 'node:fs/promises';
import { type Clock, HwError } from '@rackwright/core';
import { HostRoot, SystemProcessRunner } from '@rackwright/host';
import type { NodeLayout } from './layout.ts';

/** First address of the Service range, at which pods look for the API server. */
export const apiServiceAddress = '10.96.0.1';

/** Makes the enclosure's empty network one that pods and nodes can talk over. */
export async function prepareNetwork(clock: Clock): Promise<void> {
  await ip(clock, 'link', 'set', 'lo', 'up');
  await ip(clock, 'address', 'add', `${apiServiceAddress}/32`, 'dev', 'lo');
  const root = new HostRoot();
  await writeFile(root.path(root.proc('sys', 'net', 'ipv4', 'ip_forward')), '1');
}

/** Gives a node its address, on the bridge its pods will be connected to. */
export async function addNodeNetwork({ bridge, address }: NodeLayout, clock: Clock): Promise<void> {
  await ip(clock, 'link', 'add', bridge, 'type', 'bridge');
  await ip(clock, 'address', 'add', `${address}/24`, 'dev', bridge);
  await ip(clock, 'link', 'set', bridge, 'up');
}

async function ip(clock: Clock, ...args: string[]): Promise<void> {
  const outcome = await new SystemProcessRunner(clock).run(['ip', ...args]);
  if (outcome.code !== 0) throw new HwError('Internal', `ip ${args.join(' ')}: ${outcome.stderr.trim()}`);
}
