import { leaderTerms } from '@rackwright/api';
import { aidaptivCache, cxi } from '@rackwright/keys';
import { type KubeObject, keyOf, type Node, type ObjectMeta } from '@rackwright/kube';

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

/** What our operators and driver agents write on Nodes. */
const onNodes = {
  isLabel: (key: string): boolean =>
    key.startsWith('slingshot.hpe.com/') || key === aidaptivCache.healthLabel,
  conditions: [cxi.nodeCondition.rebootRequired, ...Object.values(aidaptivCache.nodeCondition)] as string[],
  taints: [aidaptivCache.taint] as string[],
};

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
  {
    ...{ kind: 'AidaptivCacheNode', name: /^/ },
    why: 'may stay: what a device plugin said last; it goes with its Node',
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
  const { spec, status } = rest as Pick<Node, 'spec' | 'status'>;
  const conditions = (status?.conditions ?? []).map(({ type }) => type);
  const taints = (spec?.taints ?? []).map(({ key }) => key);
  const found = [
    list('label', Object.keys(metadata?.labels ?? {}).filter(onNodes.isLabel)),
    list(
      'condition',
      conditions.filter((type) => onNodes.conditions.includes(type)),
    ),
    list(
      'taint',
      taints.filter((key) => onNodes.taints.includes(key)),
    ),
  ].filter((part) => part !== '');
  return found.length === 0 ? undefined : found.join(', ');
}

function list(what: string, names: readonly string[]): string {
  return names.length === 0 ? '' : `${what} ${names.join(' ')}`;
}

/** What `operator-manager remove` takes away with a flag. */
interface RemovalFlag {
  readonly flag: string;
  readonly takes: string;
  readonly isAbout: (leftover: Leftover) => boolean;
}

const removals: readonly RemovalFlag[] = [
  {
    ...{ flag: '--all', takes: 'CXIDrivers, CXIDevices and what is on Nodes' },
    isAbout: ({ kind, note }) =>
      ['CXIDriver', 'CXIDevice'].includes(kind) || (kind === 'Node' && /slingshot/i.test(note)),
  },
  {
    ...{ flag: '--aidaptivcache', takes: 'the AidaptivCache and what is on Nodes of it' },
    isAbout: ({ kind, note }) => kind === 'AidaptivCache' || (kind === 'Node' && /ai100/i.test(note)),
  },
];

/** What to do about what is left; undefined when all of it may stay. */
export function remedyOf(leftovers: readonly Leftover[]): string | undefined {
  const rest = leftovers.filter((leftover) => !leftover.harmless);
  const removing = removals
    .filter(({ isAbout }) => rest.some(isAbout))
    .map(({ flag, takes }) => `operator-manager remove ${flag} takes ${takes} away`);
  if (removing.length > 0) return `${removing.join(', ')}, with an operator or without; then run this again`;
  return rest.length > 0 ? 'helm uninstall, or kubectl delete what is named' : undefined;
}
