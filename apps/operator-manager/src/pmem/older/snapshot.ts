import type { PmemDeployment } from '@rackwright/api';
import { pmemDriverName } from '@rackwright/api';
import type { CSIDriver, Secret } from '@rackwright/kube';

import type { FormerMemory } from '../former-memory.ts';
import { type NeighbourCaches, neighboursIn } from '../neighbours.ts';
import { byInstance, type Cache, type DriverSnapshot, type OwnedCaches, ownedObjects } from '../snapshot.ts';
import type { CertificateMemory } from './certificates/certificate-memory.ts';
import type { HandshakeResult } from './certificates/decide.ts';
import { namedSecrets } from './certificates/given.ts';

/** All that one reconcile of a Deployment decides from. */
export interface OlderSnapshot extends DriverSnapshot<PmemDeployment> {
  /** The CSIDriver that has the name of its driver, whoever made it. */
  readonly csiDriver: CSIDriver | undefined;
  /** Secrets of the Deployment, also those the cache does not show yet. */
  readonly certificates: readonly Secret[];
  /** Secrets that its spec names. */
  readonly given: readonly Secret[];
  /** The last handshake with its certificates. */
  readonly handshake: HandshakeResult | undefined;
}

/** What a snapshot is taken from. */
export interface OlderCaches {
  readonly deployments: Pick<Cache<PmemDeployment>, 'get' | 'list'>;
  readonly owned: OwnedCaches;
  readonly csiDrivers: Pick<Cache<CSIDriver>, 'get' | 'byIndex'>;
  readonly neighbours: NeighbourCaches;
  readonly former: Pick<FormerMemory, 'of' | 'keepOnly'>;
  /** Those with certificates, of everybody in the namespace. */
  readonly secrets: Pick<Cache<Secret>, 'list' | 'byIndex'>;
}

/** Takes it. */
export function takeOlderSnapshot(
  name: string,
  { deployments, owned, csiDrivers, neighbours, former, secrets }: OlderCaches,
  memory: CertificateMemory,
  now: number,
): OlderSnapshot {
  former.keepOnly(deployments.list());
  const deployment = deployments.get(name);
  const wanted = namedSecrets(deployment?.spec ?? {});
  const driver = deployment === undefined ? undefined : csiDrivers.get(pmemDriverName(deployment));
  const own = secrets.byIndex(byInstance, name);
  const { daemonSets, controllers, others } = ownedObjects(name, owned);
  const drivers = csiDrivers.byIndex(byInstance, name);
  return {
    ...{ name, deployment, deployments: deployments.list(), daemonSets, controllers, now },
    others: [...others, ...own, ...new Set([...drivers, ...(driver === undefined ? [] : [driver])])],
    former: former.of(deployment, now),
    neighbours: neighboursIn(neighbours),
    csiDriver: driver,
    certificates: memory.newest(deployment?.metadata?.uid, own),
    given: secrets.list().filter(({ metadata }) => wanted.includes(metadata?.name ?? '')),
    handshake: memory.handshakeOf(deployment?.metadata?.uid),
  };
}
