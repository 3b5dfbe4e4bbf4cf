import type { KubeClient, ObjectKey, ResourceType } from '@rackwright/kube';
import { isRecord } from './list-keys.ts';

/** One entry of metadata.managedFields (meta/v1 ManagedFieldsEntry). */
interface FieldsEntry {
  readonly manager?: string;
  readonly operation?: string;
  readonly subresource?: string;
  readonly apiVersion?: string;
  readonly time?: string;
  readonly fieldsType?: string;
  readonly fieldsV1?: unknown;
}

/**
 * Makes the fields of `key` that were written by plain creates and updates those
 * of `fieldManager`, as if it had applied them. The next apply then removes those
 * it does not want, which it could not otherwise: server-side apply leaves alone
 * what somebody else wrote. Fields of the status stay with their writers.
 *
 * Guarded by the resource version. Possible errors: KubeError Conflict when the
 * object changes meanwhile.
 */
export async function adoptFields(
  client: Pick<KubeClient, 'patch'>,
  type: ResourceType,
  key: ObjectKey,
  fieldManager: string,
  signal: AbortSignal,
): Promise<void> {
  // Caches drop managed fields. A patch of nothing reads them, and needs no right to get.
  const live = await client.patch(type, key, {}, { strategy: 'merge', signal });
  const entries = (live.metadata?.managedFields ?? []) as FieldsEntry[];
  const adopted = adoptEntries(entries, fieldManager);
  if (adopted === undefined) return;
  const patch = [
    { op: 'replace', path: '/metadata/managedFields', value: adopted },
    // Last: it makes the server check that nobody came in between.
    { op: 'replace', path: '/metadata/resourceVersion', value: live.metadata?.resourceVersion },
  ];
  await client.patch(type, key, patch, { strategy: 'json', signal });
}

/** The entries with those of plain updates merged into the one of `fieldManager`; undefined if there are none. */
export function adoptEntries(
  entries: readonly FieldsEntry[],
  fieldManager: string,
): FieldsEntry[] | undefined {
  const isPlain = (entry: FieldsEntry): boolean => entry.operation === 'Update' && !entry.subresource;
  const isOwn = (entry: FieldsEntry): boolean =>
    entry.operation === 'Apply' && entry.manager === fieldManager && !entry.subresource;
  const plain = entries.filter(isPlain);
  if (plain.length === 0) return undefined;
  const merged = [...entries.filter(isOwn), ...plain];
  const [newest] = plain.toReversed();
  return [
    ...entries.filter((entry) => !isPlain(entry) && !isOwn(entry)),
    {
      ...newest,
      manager: fieldManager,
      operation: 'Apply',
      fieldsV1: merged.map(({ fieldsV1 }) => fieldsV1).reduce(mergeFields, {}),
    },
  ];
}

/** The union of two field sets (FieldsV1: nested objects whose keys are paths). */
function mergeFields(a: unknown, b: unknown): unknown {
  if (!isRecord(a) || !isRecord(b)) return isRecord(a) ? a : b;
  const merged: Record<string, unknown> = { ...a };
  for (const [name, value] of Object.entries(b)) merged[name] = mergeFields(merged[name] ?? {}, value);
  return merged;
}
