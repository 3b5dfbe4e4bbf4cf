import type { AidaptivCacheNode } from '@rackwright/api';
import { isAllocatable } from '@rackwright/hardware-nvme';
import { ai100, aidaptivCache } from '@rackwright/keys';

const { nodeCondition, reason: reasons } = aidaptivCache;

/** Agents write every five minutes at the latest; a minute is for the way. */
export const silentAfterMs = 360_000;

/** What one condition of a Node says. */
export interface Finding {
  readonly type: string;
  readonly status: 'True' | 'False' | 'Unknown';
  readonly reason: string;
  readonly message: string;
}

/** What the report of its agent says of a node. */
export interface NodeVerdict {
  /** Absent while nobody has said anything. */
  readonly health?: 'healthy' | 'degraded' | 'unhealthy';
  readonly deviceProblem: Finding;
  readonly cacheUnavailable: Finding;
  /** When the agent counts as silent, in milliseconds from now; absent when it does. */
  readonly silentInMs?: number;
}

/** Judges a node by the newest report of its agent. Pure. */
export function judgeNode(report: AidaptivCacheNode | undefined, now: number): NodeVerdict {
  const heartbeat = Date.parse(report?.status?.heartbeatTime ?? '');
  if (report === undefined || Number.isNaN(heartbeat))
    return unknown(reasons.noReport, 'the device plugin has not reported yet');
  const silentInMs = heartbeat + silentAfterMs - now;
  if (silentInMs <= 0) {
    const since = report.status?.heartbeatTime ?? '';
    return {
      health: 'unhealthy',
      ...unknown(reasons.silentAgent, `the device plugin was last heard of at ${since}`),
    };
  }
  const deviceProblem = judgeDevices(report);
  const cacheUnavailable = judgeCache(report);
  const isBad = deviceProblem.status === 'True' || cacheUnavailable.status === 'True';
  const isDegraded = deviceProblem.reason === reasons.deviceDegraded;
  const health = isBad ? 'unhealthy' : isDegraded ? 'degraded' : 'healthy';
  return { health, deviceProblem, cacheUnavailable, silentInMs };
}

function unknown(reason: string, message: string): Pick<NodeVerdict, 'deviceProblem' | 'cacheUnavailable'> {
  const finding = { status: 'Unknown', reason, message } as const;
  return {
    deviceProblem: { type: nodeCondition.deviceProblem, ...finding },
    cacheUnavailable: { type: nodeCondition.cacheUnavailable, ...finding },
  };
}

function judgeDevices(report: AidaptivCacheNode): Finding {
  const { deviceProblem: type } = nodeCondition;
  const { devices = [] } = report.status ?? {};
  const judged = devices.flatMap(({ serial, health, eligible, managed, message = '' }) =>
    // One that died is no drive to make a cache of, and still part of the one it was in.
    health === undefined || !(eligible || managed === true) ? [] : [{ serial, health, message }],
  );
  const bad = judged.filter(({ health }) => !isAllocatable(health));
  const say = (list: typeof judged): string =>
    list
      .map(({ serial, health, message }) => `${serial} is ${health}${message && `: ${message}`}`)
      .join('; ');
  const condition = conditionOf(report, ai100.condition.devicesHealthy);
  // The agent also names those that are not among the devices any more.
  const told = condition?.status === 'False' ? condition.message : '';
  const others = say(bad.filter(({ serial }) => !told.includes(serial)));
  const problem = [told, others].filter((part) => part !== '').join('; ');
  if (bad.length > 0 || condition?.status === 'False')
    return { type, status: 'True', reason: reasons.deviceUnhealthy, message: cut(problem) };
  const degraded = judged.filter(({ health }) => health !== 'Healthy');
  if (degraded.length > 0)
    return { type, status: 'False', reason: reasons.deviceDegraded, message: cut(say(degraded)) };
  const count = judged.length === 1 ? '1 drive is' : `${judged.length} drives are`;
  return { type, status: 'False', reason: reasons.devicesHealthy, message: `${count} healthy` };
}

function judgeCache(report: AidaptivCacheNode): Finding {
  const { cacheUnavailable: type } = nodeCondition;
  const { state = 'Pending', mounted = true, hostPath = '', blockers = [] } = report.status?.cache ?? {};
  if (state === 'Ready' && mounted)
    return { type, status: 'False', reason: reasons.cacheMounted, message: `the cache is at ${hostPath}` };
  const why = blockers.map(({ name, serial, detail }) => [serial, name, detail].filter(Boolean).join(': '));
  const message = conditionOf(report, ai100.condition.cacheReady)?.message ?? '';
  return {
    type,
    status: 'True',
    reason: state === 'Ready' ? reasons.cacheNotMounted : `Cache${state}`,
    message: cut([message || `the cache is ${state}`, ...why].join('; ')),
  };
}

function conditionOf({ status }: AidaptivCacheNode, type: string) {
  return status?.conditions?.find((condition) => condition.type === type);
}

/** Many drives make a long sentence; that of a condition of a Node need not be one. */
function cut(message: string): string {
  return message.slice(0, 1024);
}
