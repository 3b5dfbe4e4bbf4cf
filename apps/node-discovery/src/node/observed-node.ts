import { discovery } from '@rackwright/keys';
import type { Node } from '@rackwright/kube';

/** What is known of the own Node, and who owns which of its labels. */
export interface ObservedNode {
  readonly uid: string;
  readonly resourceVersion: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  /** Keys this program wrote, this process or one before it. */
  readonly ownLabels: ReadonlySet<string>;
  readonly ownAnnotations: ReadonlySet<string>;
  /** Resources in its capacity as quantities, and those of them this program wrote. */
  readonly capacity: Readonly<Record<string, string>>;
  readonly ownResources: ReadonlySet<string>;
  /** Keys of labels that somebody else wrote, alone or too. */
  readonly foreignLabels: ReadonlySet<string>;
}

/** An entry of metadata.managedFields, as far as it is read. */
interface ManagedFields {
  readonly manager?: string;
  readonly operation?: string;
  readonly subresource?: string;
  readonly fieldsV1?: {
    readonly 'f:metadata'?: Readonly<Record<string, unknown>>;
    readonly 'f:status'?: Readonly<Record<string, unknown>>;
  };
}

/** Reads the Node as the API server gave it. Pure. */
export function observeNode({ metadata = {}, status = {} }: Node): ObservedNode {
  const entries = (metadata.managedFields ?? []) as readonly ManagedFields[];
  const own = entries.filter(isOwn);
  const foreign = entries.filter((entry) => !isOwn(entry));
  return {
    uid: metadata.uid ?? '',
    resourceVersion: metadata.resourceVersion ?? '',
    labels: metadata.labels ?? {},
    annotations: metadata.annotations ?? {},
    ownLabels: keysOf(own, 'f:metadata', 'f:labels'),
    ownAnnotations: keysOf(own, 'f:metadata', 'f:annotations'),
    capacity: Object.fromEntries(
      Object.entries(status.capacity ?? {}).map(([name, quantity]) => [name, String(quantity)]),
    ),
    ownResources: keysOf(entries.filter(isOwnStatus), 'f:status', 'f:capacity'),
    foreignLabels: keysOf(foreign, 'f:metadata', 'f:labels'),
  };
}

function isOwn({ manager, operation, subresource }: ManagedFields): boolean {
  return (
    manager === discovery.fieldManager &&
    operation === 'Apply' &&
    (subresource === undefined || subresource === '')
  );
}

function isOwnStatus({ manager, operation, subresource }: ManagedFields): boolean {
  return manager === discovery.fieldManager && operation === 'Apply' && subresource === 'status';
}

function keysOf(
  entries: readonly ManagedFields[],
  section: 'f:metadata' | 'f:status',
  field: 'f:labels' | 'f:annotations' | 'f:capacity',
): ReadonlySet<string> {
  const names = entries.flatMap(({ fieldsV1 }) => Object.keys(fieldsV1?.[section]?.[field] ?? {}));
  return new Set(names.filter((name) => name.startsWith('f:')).map((name) => name.slice('f:'.length)));
}
