import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '@rackwright/core';
import type { RunOutcome } from '@rackwright/host';
import type { ControlPlane } from '../control-plane/control-plane.ts';
import type { Daemon, DaemonSpec } from '../process/daemon.ts';
import { waitUntil } from '../wait-until.ts';
import { dnsAddress } from './cluster-dns.ts';
import { podNetwork } from './layout.ts';

/** A machine, as kube-proxy and who waits for it need it. */
export interface ProxiedMachine {
  /** Name of the Node whose Services' traffic policies hold here. */
  readonly node: string;
  /** Where its files and its log go. */
  readonly folder: string;
  start(this: void, spec: DaemonSpec): Promise<Daemon>;
  run(this: void, argv: readonly [string, ...string[]]): Promise<RunOutcome>;
}

/** Writes what kube-proxy reads at its start. */
export async function writeProxyFiles(
  controlPlane: ControlPlane,
  { node, folder }: Pick<ProxiedMachine, 'node' | 'folder'>,
): Promise<void> {
  const kubeconfig = join(folder, 'kube-proxy.kubeconfig');
  const connection = { ...controlPlane.as('system:kube-proxy', []), server: controlPlane.advertisedServer };
  await controlPlane.kubeconfigFor(connection, kubeconfig);
  await writeFile(join(folder, 'kube-proxy.json'), proxyConfiguration(node, kubeconfig));
}

/** kube-proxy on one machine. */
export class ServiceProxy {
  readonly #machine: ProxiedMachine;
  readonly #daemon: Daemon;

  private constructor(machine: ProxiedMachine, daemon: Daemon) {
    this.#machine = machine;
    this.#daemon = daemon;
  }

  /** Starts it on a machine whose files are written. */
  static async start(machine: ProxiedMachine, program: string): Promise<ServiceProxy> {
    const { node, folder } = machine;
    const daemon = await machine.start({
      name: `kube-proxy of ${node}`,
      program,
      args: [`--config=${join(folder, 'kube-proxy.json')}`, '--v=2'],
      log: join(folder, 'kube-proxy.log'),
      env: { PATH: process.env.PATH ?? '', XTABLES_LOCKFILE: join(folder, 'xtables.lock') },
      stopGraceMs: 2000,
    });
    return new ServiceProxy(machine, daemon);
  }

  /**
   * Waits until the machine has rules for Services: that of the cluster's DNS is among the first.
   *
   * @throws HwError Internal quoting its log when it has ended
   */
  async untilProxied(options: {
    readonly clock: Clock;
    readonly signal?: AbortSignal | undefined;
  }): Promise<void> {
    const daemon = this.#daemon;
    const { node, run } = this.#machine;
    const isProxied = async (): Promise<boolean> => {
      if (daemon.exit !== undefined) return true;
      const { stdout } = await run(['iptables', '-t', 'nat', '-S', 'KUBE-SERVICES']);
      return stdout.includes(`-d ${dnsAddress}/32`);
    };
    await waitUntil(`the rules of kube-proxy of ${node}`, isProxied, options);
    if (daemon.exit !== undefined) throw await daemon.failure(`Services of ${node} have no rules`);
  }

  async stop(): Promise<void> {
    await this.#daemon.stop();
  }
}

/**
 * KubeProxyConfiguration v1alpha1. What is counted for the whole kernel is left
 * as it is, and changes are written at once instead of collected for a second.
 */
export function proxyConfiguration(node: string, kubeconfig: string): string {
  const configuration = {
    apiVersion: 'kubeproxy.config.k8s.io/v1alpha1',
    kind: 'KubeProxyConfiguration',
    mode: 'iptables',
    hostnameOverride: node,
    clientConnection: { kubeconfig },
    detectLocalMode: 'ClusterCIDR',
    clusterCIDR: podNetwork,
    conntrack: { maxPerCore: 0, min: 0, tcpEstablishedTimeout: '0s', tcpCloseWaitTimeout: '0s' },
    iptables: { minSyncPeriod: '100ms', localhostNodePorts: false },
    healthzBindAddress: '127.0.0.1:10256',
    metricsBindAddress: '127.0.0.1:10249',
  };
  return `${JSON.stringify(configuration, null, 2)}\n`;
}
