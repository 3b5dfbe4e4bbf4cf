import { AisClient, authnLogin, configDrift, isActive, nodesOfPod, TokenCache } from '@rackwright/aistore';
import { systemClock } from '@rackwright/core';

export async function retire(podName: string, signal: AbortSignal): Promise<string> {
  const service = { serviceUrl: 'https://ais-authn.ais:52001', clock: systemClock };
  const login = authnLogin(service, () => Promise.resolve({ username: 'admin', password: 'from a Secret' }));
  const token = new TokenCache(login, systemClock);
  using client = new AisClient({ baseUrl: 'https://ais-proxy.ns:51080', token, clock: systemClock, signal });

  if (!(await client.health({ readyToRebalance: true }))) return 'not ready: come back later';

  const desired = { rebalance: { enabled: true } };
  const drift = configDrift(desired, await client.config());
  if (drift.length > 0) await client.setConfig(desired);

  const { targets } = await client.clusterMap();
  const ids = nodesOfPod(targets, podName)
    .filter(isActive)
    .map(({ id }) => id);
  const { rebalanceId, waiting } = await client.decommission(ids, { removeUserData: false });
  return waiting.length > 0 ? 'busy: come back later' : `moved by ${rebalanceId}`;
}
