import { aborted } from '@rackwright/core';
import { SystemProcessRunner } from '@rackwright/host';
import { pmem } from '@rackwright/keys';
import { inClusterConnection, KubeClient, resources } from '@rackwright/kube';
import { containerPath, hostRoot } from '@rackwright/service';
import { HostTools } from '@rackwright/storage';
import type { DriverContext } from '../app.ts';
import { memoryLvm } from '../devices/lvm/memory-lvm.ts';
import { Ndctl } from '../devices/ndctl.ts';
import { convertNamespaces } from './convert-namespaces.ts';

/**
 * Converts the raw namespaces of a node whose label asks for it, and has the driver
 * come to it. Then it waits: if it ended it would be started again.
 */
export async function startConversion(context: DriverContext): Promise<void> {
  const { config, env, clock, logger, lifetime, version } = context;
  const { signal } = lifetime;
  const runner = new SystemProcessRunner(clock);
  const tools = new HostTools({ runner, root: hostRoot(config.hostRoot, env), entry: 'tree' });
  await convertNamespaces({ ndctl: new Ndctl(tools), lvm: memoryLvm(tools), tools, logger }, signal);
  const connection = inClusterConnection({ env, containerRoot: containerPath('/', env), clock });
  const userAgent = `pmem-csi-node-setup/${version}`;
  const client = lifetime.use(new KubeClient({ connection, clock, logger, userAgent }));
  const labels: Record<string, string | null> = {
    ...(JSON.parse(config.nodeSelector) as Record<string, string>),
    [`${config.driverName}/${pmem.label.convertRawNamespaces}`]: null,
  };
  await client.patch(
    resources.nodes,
    { name: config.nodeId },
    { metadata: { labels } },
    { strategy: 'merge', signal },
  );
  logger.info('the node is ready for the driver', { node: config.nodeId });
  await aborted(signal);
}
