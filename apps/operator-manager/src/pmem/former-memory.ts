import type { ActionOutcome } from '@rackwright/controller';
import { apiVersionOf, type KubeClient, type KubeObject, resources } from '@rackwright/kube';
import type { DriverKind, DriverObject } from './driver-kind.ts';
import { belongsTo, type FormerName, type FormerObjects, formerElsewhereMs, identityOf } from './former.ts';
import { nameOf, ownerLabels } from './manifests/identity.ts';

/** Where and for whom former objects are looked for. */
export interface FormerSearch {
  readonly deployment: DriverObject;
  readonly kind: DriverKind;
  readonly names: readonly FormerName[];
  readonly namespace: string;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/**
 * What former operators left, by the deployment it belongs to. It is looked for
 * once in the life of a process: caches hold only what has a label of ours.
 */
export class FormerMemory {
  readonly #found = new Map<string, FormerObjects & { readonly at: number }>();

  /** Undefined while nobody has looked. */
  of(deployment: DriverObject | undefined, now: number): FormerObjects | undefined {
    const found = this.#found.get(uidOf(deployment));
    return found?.elsewhere !== undefined && now - found.at >= formerElsewhereMs ? undefined : found;
  }

  async look(client: Pick<KubeClient, 'list'>, search: FormerSearch, signal: AbortSignal): Promise<void> {
    const { deployment, namespace, now } = search;
    const all = (await Promise.all(search.names.map((name) => find(client, search, name, signal)))).flat();
    const isHere = (object: KubeObject) => (object.metadata?.namespace ?? namespace) === namespace;
    const elsewhere = all.find((object) => !isHere(object))?.metadata?.namespace;
    this.#found.set(uidOf(deployment), {
      ...{ objects: all.filter(isHere), at: now },
      ...(elsewhere === undefined ? {} : { elsewhere }),
    });
  }

  /** What was written to is ours now, and the caches show it. */
  noteDone(deployment: DriverObject | undefined, outcomes: readonly ActionOutcome[]): void {
    const found = this.#found.get(uidOf(deployment));
    if (found === undefined || found.objects.length === 0) return;
    const succeeded = outcomes.filter(({ error }) => error === undefined);
    const done = new Set(succeeded.map(({ action }) => identityOf(action.object)));
    const objects = found.objects.filter((object) => !done.has(identityOf(object)));
    this.#found.set(uidOf(deployment), { ...found, objects });
  }

  /** Forgets what is about deployments that are gone. */
  keepOnly(deployments: readonly DriverObject[]): void {
    const uids = new Set(deployments.map(uidOf));
    for (const uid of this.#found.keys()) if (!uids.has(uid)) this.#found.delete(uid);
  }
}

/** The object of a name that belongs to the deployment and is not ours yet; DaemonSets of every namespace. */
async function find(
  client: Pick<KubeClient, 'list'>,
  { deployment, kind, namespace }: FormerSearch,
  { type, name }: FormerName,
  signal: AbortSignal,
): Promise<KubeObject[]> {
  const everywhere = !type.namespaced || type.kind === resources.daemonSets.kind;
  const { items } = await client.list(type, {
    ...(everywhere ? {} : { namespace }),
    ...{ fieldSelector: `metadata.name=${name}`, signal },
  });
  const ours = Object.entries(ownerLabels(kind, nameOf(deployment)));
  return items
    .filter(({ metadata }) => belongsTo(metadata, deployment))
    .filter(({ metadata }) => !ours.every(([key, value]) => metadata?.labels?.[key] === value))
    .map((object) => ({ ...object, apiVersion: apiVersionOf(type), kind: type.kind }));
}

function uidOf(deployment: DriverObject | undefined): string {
  return deployment?.metadata?.uid ?? '';
}
