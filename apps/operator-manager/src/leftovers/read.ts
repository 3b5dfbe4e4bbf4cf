import { errorMessage } from '@rackwright/core';
import { isKubeError, isNotFound, type KubeClient, type KubeObject } from '@rackwright/kube';
import { type Lookup, lookups } from './kinds.ts';
import { type Leftover, leftoverOf } from './leftover.ts';

/** Reads everything of ours that is in the cluster. A kind this account may not list is told as such. */
export async function readLeftovers(
  client: Pick<KubeClient, 'list'>,
  signal: AbortSignal,
): Promise<readonly Leftover[]> {
  const found = new Map<string, Leftover>();
  for (const lookup of lookups) {
    for (const leftover of await look(client, lookup, signal)) {
      found.set(`${leftover.kind} ${leftover.name}`, leftover);
    }
  }
  return [...found.values()];
}

async function look(
  client: Pick<KubeClient, 'list'>,
  { type, ...selection }: Lookup,
  signal: AbortSignal,
): Promise<Leftover[]> {
  try {
    const { items } = await client.list(type, { ...selection, signal, trim: essence });
    return items.map((item) => leftoverOf(type.kind, item)).filter((leftover) => leftover !== undefined);
  } catch (error) {
    if (isNotFound(error)) return [];
    if (!isKubeError(error, 401, 403)) throw error;
    return [
      { kind: type.kind, name: '?', note: `cannot be listed: ${errorMessage(error)}`, harmless: false },
    ];
  }
}

/** All that is told of thousands of objects. */
function essence(raw: KubeObject): KubeObject {
  const { name, namespace, labels, deletionTimestamp, finalizers } = raw.metadata ?? {};
  const { spec, status } = raw as { spec?: { taints?: unknown }; status?: { conditions?: unknown } };
  const metadata = { name, namespace, labels, deletionTimestamp, finalizers };
  return {
    metadata: JSON.parse(JSON.stringify(metadata)),
    ...{ spec: { taints: spec?.taints }, status: { conditions: status?.conditions } },
  };
}
