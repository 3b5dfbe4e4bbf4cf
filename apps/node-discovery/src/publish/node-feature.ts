import { isDeepStrictEqual } from 'node:util';
import { fitName, maxNameLength } from '@rackwright/core';
import { discovery } from '@rackwright/keys';
import {
  isNotFound,
  type KubeClient,
  type KubeObject,
  type OwnerReference,
  resources,
  resourceType,
} from '@rackwright/kube';
import type { Discovered } from '../labels/discover.ts';
import type { Labels } from '../labels/label-value.ts';
import { type SourceName, sourceNames } from '../labels/sources.ts';

const { group, version, nodeName, feature } = discovery.nodeFeature;

type Elements = readonly { readonly attributes: Labels }[];

/** A NodeFeature, as far as it is written. */
export interface NodeFeature extends KubeObject {
  spec?: {
    labels?: Labels;
    features?: {
      flags?: object;
      attributes?: object;
      instances?: Readonly<Record<string, { readonly elements: Elements }>>;
    };
  };
}

export const nodeFeatures = resourceType<NodeFeature>({
  ...{ group, version, plural: 'nodefeatures', kind: 'NodeFeature', namespaced: true },
});

/** Where the agent runs. */
export interface AgentPod {
  readonly namespace: string;
  readonly name: string;
}

/** What a NodeFeature says after one look; what could not be read is as it was. Pure. */
export function nodeFeatureSpec(
  labels: Labels,
  { parts, instances }: Pick<Discovered, 'parts' | 'instances'>,
  before: NodeFeature | undefined,
): NonNullable<NodeFeature['spec']> {
  const known = before?.spec?.features?.instances ?? {};
  const isInstanced = (name: SourceName): name is keyof typeof feature => Object.hasOwn(feature, name);
  const entries = sourceNames.filter(isInstanced).flatMap((source) => {
    const key = feature[source];
    if (parts[source].unread.length > 0) return known[key] === undefined ? [] : [[key, known[key]] as const];
    const elements = instances[source].map((attributes) => ({ attributes }));
    return elements.length > 0 ? [[key, { elements }] as const] : [];
  });
  return { labels, features: { flags: {}, attributes: {}, instances: Object.fromEntries(entries) } };
}

/** The NodeFeature of one Node. */
export class NodeFeatureStore {
  readonly #client: Pick<KubeClient, 'get' | 'apply' | 'delete' | 'request'>;
  readonly #pod: AgentPod;
  readonly #node: string;
  #owners: OwnerReference[] | undefined;

  constructor(client: Pick<KubeClient, 'get' | 'apply' | 'delete' | 'request'>, node: string, pod: AgentPod) {
    this.#client = client;
    this.#node = node;
    this.#pod = pod;
  }

  get #key(): { namespace: string; name: string } {
    return { namespace: this.#pod.namespace, name: fitName(`phison-${this.#node}`, maxNameLength) };
  }

  /** Whether the API server knows the kind. */
  async isServed(signal: AbortSignal): Promise<boolean> {
    return (
      (await ifFound(this.#client.request('GET', `/apis/${group}/${version}`, { signal }))) !== undefined
    );
  }

  get(signal: AbortSignal): Promise<NodeFeature | undefined> {
    return ifFound(this.#client.get(nodeFeatures, this.#key, { signal }));
  }

  /** Writes it if it says something else; resolves with whether it did. */
  async apply(
    spec: NodeFeature['spec'],
    before: NodeFeature | undefined,
    signal: AbortSignal,
  ): Promise<boolean> {
    if (isDeepStrictEqual(before?.spec, spec)) return false;
    const labels = { [nodeName]: this.#node };
    const metadata = { ...this.#key, labels, ownerReferences: await this.#ownersOf(signal) };
    const object: NodeFeature = { metadata, ...(spec && { spec }) };
    await this.#client.apply(nodeFeatures, object, { fieldManager: discovery.fieldManager, signal });
    return true;
  }

  async remove({ metadata }: NodeFeature, signal: AbortSignal): Promise<void> {
    const preconditions = metadata?.uid === undefined ? {} : { preconditions: { uid: metadata.uid } };
    await ifFound(this.#client.delete(nodeFeatures, this.#key, { ...preconditions, signal }));
  }

  /** The pod, and what made it: the NodeFeature goes when both are gone, and outlives an update. */
  async #ownersOf(signal: AbortSignal): Promise<OwnerReference[]> {
    if (this.#owners !== undefined) return this.#owners;
    const { metadata } = await this.#client.get(resources.pods, this.#pod, { signal });
    const pod = { apiVersion: 'v1', kind: 'Pod', name: this.#pod.name, uid: metadata?.uid ?? '' };
    const makers = (metadata?.ownerReferences ?? []).map(({ apiVersion, kind, name, uid }) => {
      return { apiVersion, kind, name, uid };
    });
    this.#owners = [pod, ...makers];
    return this.#owners;
  }
}

async function ifFound<T>(asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked;
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}
