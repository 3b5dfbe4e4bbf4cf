import type { AgentDescriptor, AgentRights } from '@rackwright/manager';
import { rule } from '../install/operator-rules.ts';

const storage = 'storage.k8s.io';

/**
 * What the external-provisioner and the external-resizer may do, beside a driver or beside the
 * controller for all nodes, which has the same account; drivers ask for nothing.
 */
export const driverRights: AgentRights = {
  cluster: [
    // Older provisioners read a volume again before they delete it.
    rule('', 'persistentvolumes', ['get', 'list', 'watch', 'create', 'patch', 'delete']),
    // Read and written where a claim goes back to the scheduler.
    rule('', 'persistentvolumeclaims', ['get', 'list', 'watch', 'update']),
    // How far the growing of a claim is.
    rule('', 'persistentvolumeclaims/status', ['patch']),
    rule(storage, 'storageclasses', ['list', 'watch']),
    // One that a claim names.
    rule(storage, 'volumeattributesclasses', ['get']),
    // For the controller for all nodes, which asks whether one that is away is still there, and for the
    // provisioner beside it; one beside a driver knows its node.
    rule(storage, 'csinodes', ['list', 'watch']),
    rule('', 'nodes', ['get', 'list', 'watch']),
    rule('', 'events', ['create', 'patch']),
  ],
  namespace: [
    rule(storage, 'csistoragecapacities', ['list', 'watch', 'create', 'update', 'delete']),
    // Its own, which owns the capacities it tells.
    rule('', 'pods', ['get']),
    // Which of the external-resizers leads.
    rule('coordination.k8s.io', 'leases', ['get', 'create', 'update']),
  ],
};

/** What the controller may do, which gives claims back to the scheduler that no driver will serve. */
const controllerRights: AgentRights = {
  cluster: [
    rule('', 'persistentvolumeclaims', ['list', 'watch', 'patch']),
    rule('', 'nodes', ['get']),
    rule(storage, 'storageclasses', ['list', 'watch']),
    rule(storage, 'csinodes', ['list', 'watch']),
  ],
};

/** What the pods may do that convert raw namespaces: they take the label away that asked for it. */
const nodeSetupRights: AgentRights = { cluster: [rule('', 'nodes', ['patch'])] };

/** Pods of a deployment beside the driver on nodes, and their rights. */
export const otherPods = {
  controller: { component: 'pmem-csi-controller', rights: controllerRights },
  nodeSetup: { component: 'pmem-csi-node-setup', rights: nodeSetupRights },
} as const satisfies Readonly<Record<string, Pick<AgentDescriptor, 'component' | 'rights'>>>;
