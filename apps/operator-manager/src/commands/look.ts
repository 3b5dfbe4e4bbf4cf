import {
  ai100Definitions,
  aidaptivCacheNodes,
  aidaptivCaches,
  customResourceDefinitions,
  cxiDefinitions,
  cxiDevices,
  cxiDrivers,
  phisonDeviceOperators,
  pmemCsiDeployments,
  pmemDefinitions,
  pmemDeployments,
} from '@rackwright/api';
import { aidaptivCache, cxi, kubernetes, pmem } from '@rackwright/keys';
import {
  type CustomResourceDefinition,
  type DaemonSet,
  ignoreNotFound,
  type KubeClient,
  type KubeObject,
  type ResourceType,
  resources,
} from '@rackwright/kube';
import { crdFindings } from '@rackwright/manager';
import { presentSelector, trimNode, trimReport } from '../ai100/nodes/node-cache.ts';
import type { controllers } from '../controllers.ts';
import { cacheFindings, cacheKinds } from './cache-findings.ts';
import { findingsOf } from './cxi-findings.ts';
import { readDevices } from './device-findings.ts';
import { daemonSetFinding, kindFindings, type Look, objectFindings, type Self } from './findings.ts';

type ControllerName = keyof typeof controllers;

/** What a look is made with. */
export interface LookScope {
  readonly client: Pick<KubeClient, 'get' | 'list' | 'request'>;
  readonly self: Self;
  readonly signal: AbortSignal;
  /** In milliseconds since the epoch. */
  now(this: void): number;
}

/** How each controller's part of an installation is looked at: one line for each. */
const looks: Record<ControllerName, (scope: LookScope) => Promise<Look>> = {
  cxidriver: lookAtDrivers,
  aidaptivcache: lookAtCache,
  pmemcsideployment: lookAtPmem,
};

/** The controllers whose part can be looked at. */
export const verifiable = Object.keys(looks) as ControllerName[];

/** Looks once at what these controllers look after. */
export async function lookAt(names: readonly ControllerName[], scope: LookScope): Promise<Look> {
  const seen: Look[] = [];
  for (const name of names) seen.push(await looks[name](scope));
  const findings = seen.flatMap((look) => look.findings);
  return { findings, ...(seen.some(({ large }) => large) && { large: true }) };
}

async function lookAtDrivers(scope: LookScope): Promise<Look> {
  const { client, self, signal } = scope;
  const served = await servedOf(scope, [cxiDrivers, cxiDevices]);
  const daemonSets = await daemonSetsOf(scope, cxi.managedBy);
  const drivers = await listServed(scope, served, cxiDrivers);
  const crds = await lackingCrds(scope, customResourceDefinitions(cxiDefinitions));
  const rest = { self, served, crds, drivers, daemonSets };
  const findings = findingsOf(rest);
  if (findings.some(({ ok }) => !ok)) return { findings };
  return { findings: findingsOf({ ...rest, devices: await readDevices(client, signal) }), large: true };
}

async function lookAtCache(scope: LookScope): Promise<Look> {
  const { client, self, signal } = scope;
  const served = await servedOf(scope, cacheKinds);
  const nodes = await client.list(resources.nodes, {
    labelSelector: presentSelector,
    trim: trimNode,
    signal,
  });
  const findings = cacheFindings({
    ...{ self, served, nodes: nodes.items },
    crds: await lackingCrds(scope, customResourceDefinitions(ai100Definitions)),
    caches: await listServed(scope, served, aidaptivCaches),
    olders: await listServed(scope, served, phisonDeviceOperators),
    daemonSets: await daemonSetsOf(scope, aidaptivCache.managedBy),
    reports: await listServed(scope, served, aidaptivCacheNodes, trimReport),
    now: scope.now(),
  });
  return { findings, large: true };
}

async function lookAtPmem(scope: LookScope): Promise<Look> {
  const { self } = scope;
  const kinds = [pmemCsiDeployments, pmemDeployments];
  const served = await servedOf(scope, kinds);
  const deployments = await listServed(scope, served, pmemCsiDeployments);
  const olders = await listServed(scope, served, pmemDeployments);
  const crds = await lackingCrds(scope, customResourceDefinitions(pmemDefinitions));
  const daemonSets = [
    ...(await daemonSetsOf(scope, pmem.managedBy)),
    ...(await daemonSetsOf(scope, pmem.olderManagedBy)),
  ];
  return {
    findings: [
      ...kindFindings(kinds, served, crds),
      ...objectFindings(pmemCsiDeployments, deployments, { self }),
      ...objectFindings(pmemDeployments, olders, { self }),
      ...daemonSets.map((daemonSet) => daemonSetFinding(daemonSet, self)),
    ],
  };
}

/** Which of the kinds the API server serves, by their plural names. */
async function servedOf({ client, signal }: LookScope, kinds: readonly ResourceType[]): Promise<string[]> {
  const paths = new Set(kinds.map(({ group, version }) => `/apis/${group}/${version}`));
  const served: string[] = [];
  for (const path of paths) {
    const found = await ignoreNotFound(
      client.request<{ resources: { name: string }[] }>('GET', path, { signal }),
    );
    served.push(...(found?.resources ?? []).map(({ name }) => name));
  }
  return served;
}

async function listServed<T extends KubeObject>(
  { client, signal }: LookScope,
  served: readonly string[],
  type: ResourceType<T>,
  trim?: (object: T) => T,
): Promise<readonly T[]> {
  if (!served.includes(type.plural)) return [];
  return (await client.list(type, { signal, ...(trim && { trim }) })).items;
}

async function daemonSetsOf({ client, signal }: LookScope, managedBy: string): Promise<readonly DaemonSet[]> {
  const labelSelector = `${kubernetes.label.managedBy}=${managedBy}`;
  return (await client.list(resources.daemonSets, { labelSelector, signal })).items;
}

/** One sentence for each CRD that lacks something of this version. */
async function lackingCrds(
  { client, signal }: LookScope,
  needed: readonly CustomResourceDefinition[],
): Promise<string[]> {
  const live = new Map<string, CustomResourceDefinition | undefined>();
  for (const { metadata } of needed) {
    const name = metadata?.name ?? '';
    const type = resources.customResourceDefinitions;
    live.set(name, await ignoreNotFound(client.get(type, { name }, { signal })));
  }
  return crdFindings(needed, (name) => live.get(name));
}
