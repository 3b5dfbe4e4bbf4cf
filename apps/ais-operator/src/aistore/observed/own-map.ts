import { nodesOfPod } from '@rackwright/aistore';
import { keyOf, type Pod } from '@rackwright/kube';
import type { Observation } from './observation.ts';

/**
 * What a cluster said, unless another one answered in its place: its map has another id than the
 * cluster had, and none of the pods. It is told as a problem, so that nothing is asked of the other.
 *
 * @param clusterId what the cluster called itself before; undefined for one that is new
 */
export function ownObservation(
  seen: Observation | undefined,
  clusterId: string | undefined,
  pods: readonly Pod[],
): Observation | undefined {
  const { map } = seen ?? {};
  if (seen === undefined || map === undefined) return seen;
  if (clusterId === undefined || clusterId === '' || map.uuid === clusterId) return seen;
  const isOf = ({ metadata }: Pod): boolean =>
    [map.proxies, map.targets].some((nodes) => nodesOfPod(nodes, metadata?.name ?? '').length > 0);
  if (pods.some(isOf)) return seen;
  const where = pods[0] === undefined ? '' : `, and has none of ${keyOf(pods[0])} and the other pods`;
  return {
    ...{ at: seen.at, isReady: false },
    problem: `another cluster answers: it is ${map.uuid}, not ${clusterId}${where}`,
  };
}
