import { join } from 'node:path';
import type { Clock, Lifetime } from '@rackwright/core';
import { makeFolder, SystemProcessRunner } from '@rackwright/host';
import type { KubeClient } from '@rackwright/kube';
import type { ControlPlane } from '../control-plane/control-plane.ts';
import { Daemon } from '../process/daemon.ts';
import { startClusterDns } from './cluster-dns.ts';
import { leadToApiServer } from './control-plane-endpoint.ts';
import { type ProxiedMachine, startProxy, writeProxyFiles } from './service-proxy.ts';

/** What a cluster network is made of. */
export interface ClusterNetworkOptions {
  readonly controlPlane: ControlPlane;
  readonly programs: { readonly coredns: string; readonly 'kube-proxy': string };
  readonly folder: string;
  /** kube-proxy of the control plane's machine, which is no node, passes for this one. */
  readonly node: string;
  readonly client: KubeClient;
  readonly clock: Clock;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Starts on the control plane's machine what Services need: the way to the API
 * server, the cluster's DNS, and kube-proxy, so that the API server reaches
 * webhooks. Whether the rules are there is for the caller to wait.
 */
export async function startClusterNetwork(
  options: ClusterNetworkOptions,
  lifetime: Lifetime,
): Promise<ProxiedMachine> {
  const { controlPlane, programs, client, clock } = options;
  await leadToApiServer(client);
  const machine = controlPlaneMachine(options);
  await makeFolder(machine.folder);
  await writeProxyFiles(controlPlane, machine);
  stopWith(lifetime, await startProxy(machine, programs['kube-proxy']));
  const folder = join(options.folder, 'coredns');
  stopWith(lifetime, await startClusterDns({ ...options, program: programs.coredns, folder, client, clock }));
  return machine;
}

function controlPlaneMachine({ node, folder, clock }: ClusterNetworkOptions): ProxiedMachine {
  return {
    node,
    folder: join(folder, 'kube-proxy'),
    start: (spec) => Daemon.start(spec, clock),
    run: (argv) => new SystemProcessRunner(clock).run(argv),
  };
}

function stopWith(lifetime: Lifetime, daemon: Daemon): void {
  lifetime.defer(() => daemon.stop());
}
