import { randomInt } from 'node:crypto';
import { join } from 'node:path';
import { type Clock, errorMessage, isHwError, type Logger } from '@rackwright/core';
import {
  type ImageResolver,
  KubeletDouble,
  type KubeletTimings,
  type ProcessGuard,
  SimulatedHost,
} from '@rackwright/simulator';
import type { ControlPlane } from './control-plane/control-plane.ts';
import type { NodeSpec } from './demo-nodes.ts';
import type { ClusterNetwork } from './network/cluster-network.ts';

/** A node of a simulated cluster. */
export interface SimulatedNode {
  readonly name: string;
  readonly host: SimulatedHost;
  readonly kubelet: KubeletDouble;
}

/** What the nodes of a cluster share. */
export interface NodeSurroundings {
  readonly controlPlane: ControlPlane;
  /** Folder of the whole cluster. */
  readonly folder: string;
  readonly network: ClusterNetwork;
  readonly guard: ProcessGuard;
  readonly images: ImageResolver;
  readonly timings: Partial<KubeletTimings>;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Lets a node's host act on what agents write to its trigger files, until disposed. */
export function watchTriggers(
  { name, host }: Pick<SimulatedNode, 'name' | 'host'>,
  logger: Logger,
): Disposable {
  return host.watchTriggers((error) => {
    logger.error('the simulated kernel failed', { node: name, error: errorMessage(error) });
  });
}

/** How many address ranges are tried before giving up. */
const maxTries = 32;

/** Builds a node's host tree and starts its kubelet on loopback addresses nobody else uses. */
export async function startNode(around: NodeSurroundings, spec: NodeSpec): Promise<SimulatedNode> {
  const { controlPlane, folder, clock, logger, guard, images, timings, network } = around;
  const { name } = spec;
  const host = await SimulatedHost.create(join(folder, name), spec.host, clock);
  const shownIpPrefix = network.nodes.add();
  for (let tries = 1; ; tries++) {
    const podIpPrefix = `127.${randomInt(16, 240)}.${randomInt(1, 255)}.`;
    const pair = await controlPlane.certificate({
      commonName: `system:node:${name}`,
      organizations: ['system:nodes'],
      hosts: [name, `${shownIpPrefix}1`],
    });
    try {
      const kubelet = await KubeletDouble.start({
        ...{ nodeName: name, podIpPrefix, images, timings, guard, clock, logger },
        ...{ shownIpPrefix, networkProxy: network.proxyAddress },
        connection: controlPlane.node(name),
        host: host.folder,
        runFolder: join(folder, 'run', name),
        labels: spec.labels ?? {},
        serving: { ...pair, clientCa: controlPlane.ca },
      });
      network.nodes.connect(shownIpPrefix, podIpPrefix);
      return { name, host, kubelet };
    } catch (error) {
      // Another cluster on this machine has the range: its kubelet serves there.
      if (!isHwError(error, 'AlreadyExists') || tries >= maxTries) throw error;
    }
  }
}
