import { join } from 'node:path';
import type { Clock, Lifetime } from '@rackwright/core';
import { makeFolder, SystemProcessRunner } from '@rackwright/host';
import type { KubeClient } from '@rackwright/kube';
import type { ControlPlane } from '../control-plane/control-plane.ts';
import { Daemon } from '../process/daemon.ts';
import { startClusterDns } from './cluster-dns.ts';
import { leadToApiServer } from './control-plane-endpoint.ts';
import { type ProxiedMachine, ServiceProxy, writeProxyFiles } from './service-proxy.ts';

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
): Promise<ServiceProxy> {
  const { controlPlane, programs, client } = options;
  await leadToApiServer(client);
  const machine = controlPlaneMachine(options);
  await makeFolder(machine.folder);
  await writeProxyFiles(controlPlane, machine);
  const proxy = await ServiceProxy.start(machine, programs['kube-proxy']);
  lifetime.defer(() => proxy.stop());
  const folder = join(options.folder, 'coredns');
  const dns = await startClusterDns({ ...options, program: programs.coredns, folder });
  lifetime.defer(() => dns.stop());
  return proxy;
}

function controlPlaneMachine({ node, folder, clock }: ClusterNetworkOptions): ProxiedMachine {
  return {
    node,
    folder: join(folder, 'kube-proxy'),
    start: (spec) => Daemon.start(spec, clock),
    run: (argv) => new SystemProcessRunner(clock).run(argv),
  };
}
