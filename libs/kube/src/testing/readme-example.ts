import { silentLogger, systemClock } from '@rackwright/core';
import { EventRecorder, isNotFound, KubeClient, type KubeConnection, resources } from '@rackwright/kube';

export async function tour(connection: KubeConnection, signal: AbortSignal): Promise<string[]> {
  await using client = new KubeClient({ connection, clock: systemClock, userAgent: 'tour/1.0' });

  const { items, resourceVersion } = await client.list(resources.nodes, { labelSelector: 'hw=yes', signal });
  const names = items.map((node) => node.metadata?.name ?? '');

  const settings = { metadata: { name: 'seen', namespace: 'default' }, data: { nodes: names.join() } };
  await client.apply(resources.configMaps, settings, { fieldManager: 'tour', signal });

  try {
    await client.evict({ namespace: 'default', name: 'noisy' });
  } catch (error) {
    if (!isNotFound(error)) throw error; // KubeError: code, status, reason, remedy, retryAfterMs
  }

  await using events = new EventRecorder({
    ...{ client, clock: systemClock, logger: silentLogger },
    ...{ component: 'tour', instance: 'tour-1' },
  });
  const node = { apiVersion: 'v1', kind: 'Node', name: names[0] ?? 'none' };
  events.emit(node, { type: 'Normal', reason: 'DeviceAdded', message: 'cxi0 was added' });

  for await (const event of client.watch(resources.nodes, { resourceVersion, signal })) {
    names.push(`${event.type} ${event.object.metadata?.name ?? ''}`);
  }
  return names;
}
