import { HwError } from '@rackwright/core';
import { SystemProcessRunner } from '@rackwright/host';
import { inClusterConnection, KubeClient } from '@rackwright/kube';
import { containerPath, hostRoot, type ServiceSpec } from '@rackwright/service';
import { HostTools } from '@rackwright/storage';
import { findOrphans, inBoth, type Orphan } from './compare.ts';
import { formatJson, formatText } from './format.ts';
import { orphanOptions } from './options.ts';
import { readPersistentVolumes } from './read-cluster.ts';
import { readNode } from './read-node.ts';

/**
 * `pmem-csi-driver orphans`: compares the state files and devices of a node with
 * the PersistentVolumes of the cluster. It only reads, beside a driver that runs.
 */
export function orphansService(
  version: string,
  stdout: { write(text: string): unknown },
): ServiceSpec<typeof orphanOptions> {
  return {
    name: 'pmem-csi-driver orphans',
    version,
    description:
      'Names volumes of this node without a PersistentVolume, and what else belongs to nothing; exit code 1 if there is any.',
    options: orphanOptions,
    start: async ({ config, clock, env, logger, lifetime }) => {
      const { driverName: driver, nodeId: node } = config;
      const { signal } = lifetime;
      const connection = inClusterConnection({ env, containerRoot: containerPath('/', env), clock });
      const userAgent = `pmem-csi-driver-orphans/${version}`;
      const client = lifetime.use(new KubeClient({ connection, clock, logger, userAgent }));
      const tools = new HostTools({
        runner: new SystemProcessRunner(clock),
        root: hostRoot(config.hostRoot, env),
        entry: 'tree',
      });
      const state = containerPath(config.statePath || `/var/lib/${driver}`, env);
      const look = async (): Promise<readonly Orphan[]> => {
        const found = await readNode({ driver, state, tools, clock, logger }, signal);
        const persistentVolumes = await readPersistentVolumes(client, { driver, node }, signal);
        return findOrphans({ ...found, persistentVolumes });
      };
      const first = await look();
      // What is made or deleted between two reads only looks like one.
      const orphans = first.length === 0 ? [] : inBoth(first, await look());
      stdout.write(config.output === 'json' ? formatJson(node, orphans) : formatText(node, orphans));
      if (orphans.length > 0)
        throw new HwError('FailedPrecondition', `there are orphans on ${node}: ${orphans.length}`);
    },
  };
}
