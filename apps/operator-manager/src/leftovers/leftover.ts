import { leaderTerms } from '@rackwright/api';
import { cxi } from '@rackwright/keys';
import { type KubeObject, keyOf, type ObjectMeta } from '@rackwright/kube';

/** One object of ours, or a Node that carries something of ours. */
export interface Leftover {
  readonly kind: string;
  /** `namespace/name`, or `name` for cluster-scoped kinds. */
  readonly name: string;
  /** What there is to know about it; empty for the ordinary. */
  readonly note: string;
  /** It does nothing and may stay. */
  readonly harmless: boolean;
}

const labelPrefix = 'slingshot.hpe.com/';

/** Why objects of these kinds and names may stay. */
const harmless: readonly { readonly kind: string; readonly name: RegExp; readonly why: string }[] = [
  {
    ...{ kind: 'CustomResourceDefinition', name: /^/ },
    why: 'kept on purpose: its deletion deletes every object of it',
  },
  {
    ...{ kind: 'ConfigMap', name: new RegExp(`/${cxi.singletonConfigMap}$`) },
    why: 'may stay: tells older tools which CXIDriver is active',
  },
  { kind: 'Lease', name: /^/, why: 'may stay: the next operator takes it' },
  { kind: leaderTerms.kind, name: /^/, why: 'may stay: the next operator takes it' },
];

/** What is left in one object; undefined for a Node without anything of ours. */
export function leftoverOf(kind: string, object: KubeObject): Leftover | undefined {
  const name = keyOf(object);
  const stays = harmless.find((entry) => entry.kind === kind && entry.name.test(name));
  const note = kind === 'Node' ? nodeNote(object) : ending(object.metadata) || (stays?.why ?? '');
  return note === undefined ? undefined : { kind, name, note, harmless: stays !== undefined };
}

function ending({ deletionTimestamp, finalizers = [] }: ObjectMeta = {}): string {
  if (deletionTimestamp === undefined) return '';
  const held = finalizers.length === 0 ? '' : `, held by ${finalizers.join(', ')}`;
  return `being deleted since ${deletionTimestamp}${held}`;
}

function nodeNote({ metadata, ...rest }: KubeObject): string | undefined {
  const labels = Object.keys(metadata?.labels ?? {}).filter((key) => key.startsWith(labelPrefix));
  const { status } = rest as { status?: { conditions?: readonly { type: string }[] } };
  const conditions = (status?.conditions ?? [])
    .map(({ type }) => type)
    .filter((type) => type === cxi.nodeCondition.rebootRequired);
  if (labels.length + conditions.length === 0) return undefined;
  return [list('label', labels), list('condition', conditions)].filter((part) => part !== '').join(', ');
}

function list(what: string, names: readonly string[]): string {
  return names.length === 0 ? '' : `${what} ${names.join(' ')}`;
}

/** What to do about what is left; undefined when all of it may stay. */
export function remedyOf(leftovers: readonly Leftover[]): string | undefined {
  const kinds = new Set(leftovers.filter((leftover) => !leftover.harmless).map(({ kind }) => kind));
  if (['CXIDriver', 'CXIDevice', 'Node'].some((kind) => kinds.has(kind))) {
    return 'operator-manager remove --all takes CXIDrivers, CXIDevices and what is on Nodes away, with an operator or without; then run this again';
  }
  return kinds.size > 0 ? 'helm uninstall, or kubectl delete what is named' : undefined;
}
