import { aidaptivCache } from '@rackwright/keys';
import type { AgentRights } from '@rackwright/manager';
import { rule } from '../install/operator-rules.ts';

const { group } = aidaptivCache;

/** What a device plugin may do; the node write policy holds it to its own node. */
export const devicePluginRights: AgentRights = {
  cluster: [
    // What people allow it by annotations of its Node, and the owner of what it reports.
    rule('', 'nodes', ['get']),
    // Whether recovery rests.
    rule(group, 'aidaptivcaches', ['get']),
    // What it reports: applied, never read back.
    rule(group, 'aidaptivcachenodes', ['create', 'patch']),
    rule(group, 'aidaptivcachenodes/status', ['patch']),
    rule('events.k8s.io', 'events', ['create', 'patch']),
  ],
  // Permits to reset drives.
  namespace: [rule('coordination.k8s.io', 'leases', ['get', 'create', 'update'])],
};
