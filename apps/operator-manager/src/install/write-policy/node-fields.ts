import {
  changedAnnotations,
  changedBelow,
  changedLabels,
  changedOutside,
  type Variable,
} from './allowed-writes.ts';
import { differences, fieldOf, listOf } from './cel.ts';

/** What of a Node somebody may change; everything else is held to what it was. */
export interface NodeFields {
  /** In sentences: `the labels and conditions of driver agents`. */
  readonly what: string;
  /** Condition in CEL over `key`: which labels. */
  readonly labels: string;
  /** The same for annotations. */
  readonly annotations?: string;
  /** Names of resources in `status.capacity`; the kubelet makes them allocatable. */
  readonly capacity?: readonly string[];
  /** Types of conditions. */
  readonly conditions?: readonly string[];
  /** Keys of taints. */
  readonly taints?: readonly string[];
}

/** Several together; none allow nothing. */
export function allNodeFields(all: readonly NodeFields[]): NodeFields {
  const annotations = all.flatMap((fields) => fields.annotations ?? []);
  return {
    what: all.map(({ what }) => what).join(' and '),
    labels: all.map(({ labels }) => labels).join(' || ') || 'false',
    ...(annotations.length === 0 ? {} : { annotations: annotations.join(' || ') }),
    capacity: all.flatMap(({ capacity = [] }) => capacity),
    conditions: all.flatMap(({ conditions = [] }) => conditions),
    taints: all.flatMap(({ taints = [] }) => taints),
  };
}

/** Variables for a policy about Nodes: `nodeChanges` has the paths that were changed beside the fields. */
export function nodeChanges({
  labels,
  annotations,
  capacity = [],
  conditions = [],
  taints = [],
}: NodeFields): readonly Variable[] {
  const metadata = ['labels', ...(annotations === undefined ? [] : ['annotations'])];
  const [hasConditions, hasTaints] = [conditions.length > 0, taints.length > 0];
  const hasCapacity = capacity.length > 0;
  const status = [...(hasCapacity ? ['capacity'] : []), ...(hasConditions ? ['conditions'] : [])];
  const changes: Variable[] = [
    { name: 'nodeFields', expression: changedOutside({ fields: ['spec', 'status'], metadata }) },
    { name: 'nodeLabels', expression: changedLabels(labels) },
    ...(annotations === undefined
      ? []
      : [{ name: 'nodeAnnotations', expression: changedAnnotations(annotations) }]),
    { name: 'nodeSpec', expression: changedBelow('spec', hasTaints ? ['taints'] : []) },
    { name: 'nodeStatus', expression: changedBelow('status', status) },
    ...(hasCapacity ? [{ name: 'nodeCapacity', expression: changedCapacity(capacity) }] : []),
    ...(hasConditions ? [{ name: 'nodeConditions', expression: conditionList.changes(conditions) }] : []),
    ...(hasTaints ? [{ name: 'nodeTaints', expression: taintList.changes(taints) }] : []),
  ];
  return [
    ...(hasConditions ? conditionList.variables : []),
    ...(hasTaints ? taintList.variables : []),
    ...changes,
    { name: 'nodeChanges', expression: changes.map(({ name }) => `variables.${name}`).join(' + ') },
  ];
}

/** Resources in the capacity of a Node that a write changes beside some. */
function changedCapacity(own: readonly string[]): string {
  const capacity = (status: string): string => `(${fieldOf(status, 'capacity')})`;
  const [after, before] = [capacity('variables.afterStatus'), capacity('variables.beforeStatus')];
  const changed = differences(after, before, `key in ${listOf(own)}`);
  return `${changed}.map(key, 'status.capacity[' + key + ']')`;
}

const conditionList = entriesOf({ section: 'Status', list: 'conditions', key: 'type' });
const taintList = entriesOf({ section: 'Spec', list: 'taints', key: 'key' });

/** A list of a Node in which some entries, known by a key of theirs, are free. */
function entriesOf({ section, list, key }: { section: string; list: string; key: string }) {
  const name = list.charAt(0).toUpperCase() + list.slice(1);
  const [after, before] = [`variables.after${name}`, `variables.before${name}`];
  const variables: readonly Variable[] = [
    { name: `after${name}`, expression: fieldOf(`variables.after${section}`, list, '[]') },
    { name: `before${name}`, expression: fieldOf(`variables.before${section}`, list, '[]') },
  ];
  const path = (entries: string): string =>
    `${entries}.map(c, '${section.toLowerCase()}.${list}[' + c.${key} + ']')`;
  const changes = (own: readonly string[]): string => {
    const isOwn = `c.${key} in ${listOf(own)}`;
    /** Entries of others that are not in the other list as they are. */
    const foreign = (one: string, other: string): string =>
      path(`${one}.filter(c, !(${isOwn}) && !(c in ${other}))`);
    const same = (entries: string): string => `${entries}.filter(d, d.${key} == c.${key}).size()`;
    // Two entries of one key confuse whoever looks for it, the kubelet too.
    const doubles = path(
      `${after}.filter(c, ${same(after)} != ${same(before)} && (!(${isOwn}) || ${same(after)} > 1))`,
    );
    return `${foreign(after, before)} + ${foreign(before, after)} + ${doubles}`;
  };
  return { variables, changes };
}
