import { type Answer, type Call, okay } from '../process/call.ts';
import type { NodeContext } from './node-context.ts';
import { isActive, nodeOf } from './smap.ts';

const notReady: Answer = { status: 503 };

/** GET /v1/health of a node about itself: whether it runs, and whether it serves. */
export function ownHealth(node: NodeContext, call: Call, upMs: number): Answer {
  const { role, self, state, faults } = node;
  const uptime = String(Math.round(upMs * 1e6));
  const headers = { 'Ais-Node-Uptime': uptime, ...(role === 'proxy' && { 'Ais-Cluster-Uptime': uptime }) };
  if (call.query.get('readiness') !== 'true') return { ...okay, headers };
  const own = state.smap && nodeOf(state.smap, self.daemon_id);
  return own !== undefined && isActive(own) && faults.current.notReady !== true
    ? { ...okay, headers }
    : notReady;
}

/** GET /v1/health?prr=true at the primary: whether the cluster may rebalance. */
export function readyToRebalance({ started, faults }: NodeContext): Answer {
  return started.value && faults.current.notReady !== true ? okay : notReady;
}
