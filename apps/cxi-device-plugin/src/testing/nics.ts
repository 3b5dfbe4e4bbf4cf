import type { Nic } from '../model.ts';

/** A healthy physical NIC on NUMA node 0, with what the test wants otherwise. */
export function nic(name: string, more: Partial<Nic> = {}): Nic {
  return {
    name,
    index: Number(/\d+$/.exec(name)?.[0] ?? 0),
    kind: 'pf',
    numaNode: 0,
    node: `/dev/${name}`,
    nodePresent: true,
    healthy: true,
    reason: 'Healthy',
    message: 'the link is up',
    ...more,
  };
}
