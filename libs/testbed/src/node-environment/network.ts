import { writeFile } from 'node:fs/promises';
import { type Clock, HwError } from '@rackwright/core';
import { HostRoot, SystemProcessRunner } from '@rackwright/host';
import { loadBalancerNetwork } from '../network/load-balancer-plan.ts';
import { controlPlaneAddress, type NodeLayout } from './layout.ts';
import type { Machine } from './machine.ts';
import type { ProxiedMachine } from './service-proxy.ts';

/** Addresses of Services. */
const serviceNetwork = '10.96.0.0/16';

/** Where packets to Services go unless a rule for them sends them elsewhere: nobody is there. */
const nowhere = 'services';

/**
 * Makes the empty network namespace the network of the control plane's machine,
 * which routes between the nodes. A packet needs a route before the rules of
 * kube-proxy are asked, so there is one to Services and to load balancers.
 */
export async function prepareNetwork(clock: Clock): Promise<void> {
  const ip = ipCommand(clock);
  await ip('link', 'set', 'lo', 'up');
  await ip('address', 'add', `${controlPlaneAddress}/32`, 'dev', 'lo');
  await ip('link', 'add', nowhere, 'type', 'bridge');
  await ip('link', 'set', nowhere, 'up');
  for (const network of [serviceNetwork, loadBalancerNetwork]) {
    await ip('route', 'add', network, 'dev', nowhere, 'src', controlPlaneAddress);
  }
  const root = new HostRoot();
  await writeFile(root.path(root.proc('sys', 'net', 'ipv4', 'ip_forward')), '1');
}

/** Lays a cable from the control plane's machine to a node that has just booted, with routes to it and its pods. */
export async function connectMachine(
  machine: Machine,
  { uplink, address, subnet }: NodeLayout,
  clock: Clock,
): Promise<void> {
  const ip = ipCommand(clock);
  await ip('link', 'add', uplink, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', String(machine.pid));
  await ip('address', 'add', controlPlaneAddress, 'peer', address, 'dev', uplink);
  await ip('link', 'set', uplink, 'up');
  await ip('route', 'add', subnet, 'via', address);
  const there = ipCommand(clock, (argv) => machine.run(argv));
  await there('address', 'add', address, 'peer', controlPlaneAddress, 'dev', 'eth0');
  await there('link', 'set', 'eth0', 'up');
  await there('route', 'add', 'default', 'via', controlPlaneAddress);
}

/** Takes the cable away, with the routes that go over it. */
export async function disconnectMachine({ uplink }: NodeLayout, clock: Clock): Promise<void> {
  // A node that never got so far has none.
  await new SystemProcessRunner(clock).run(['ip', 'link', 'delete', uplink]);
}

function ipCommand(
  clock: Clock,
  run: ProxiedMachine['run'] = (argv) => new SystemProcessRunner(clock).run(argv),
): (...args: string[]) => Promise<void> {
  return async (...args) => {
    const outcome = await run(['ip', ...args]);
    if (outcome.code !== 0) throw new HwError('Internal', `ip ${args.join(' ')}: ${outcome.stderr.trim()}`);
  };
}
