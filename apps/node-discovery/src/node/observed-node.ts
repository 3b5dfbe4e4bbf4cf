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
  /** Keys of labels that somebody else wrote, alone or too. */
  readonly foreignLabels: ReadonlySet<string>;
}

/** An entry of metadata.managedFields, as far as it is read. */
interface ManagedFields {
  readonly manager?: string;
  readonly operation?: string;
  readonly subresource?: string;
  readonly fieldsV1?: { readonly 'f:metadata'?: Readonly<Record<string, unknown>> };
}

/** Reads the Node as the API server gave it. Pure. */
export function observeNode({ metadata = {} }: Node): ObservedNode {
  const entries = (metadata.managedFields ?? []) as readonly ManagedFields[];
  const own = entries.filter(isOwn);
  const foreign = entries.filter((entry) => !isOwn(entry));
  return {
    uid: metadata.uid ?? '',
    resourceVersion: metadata.resourceVersion ?? '',
    labels: metadata.labels ?? {},
    annotations: metadata.annotations ?? {},
    ownLabels: keysOf(own, 'f:labels'),
    ownAnnotations: keysOf(own, 'f:annotations'),
    foreignLabels: keysOf(foreign, 'f:labels'),
  };
}

function isOwn({ manager, operation, subresource }: ManagedFields): boolean {
  return (
    manager === discovery.fieldManager &&
    operation === 'Apply' &&
    (subresource === undefined || subresource === '')
  );
}

function keysOf(entries: readonly ManagedFields[], field: 'f:labels' | 'f:annotations'): ReadonlySet<string> {
  const names = entries.flatMap(({ fieldsV1 }) => Object.keys(fieldsV1?.['f:metadata']?.[field] ?? {}));
  return new Set(names.filter((name) => name.startsWith('f:')).map((name) => name.slice('f:'.length)));
}
