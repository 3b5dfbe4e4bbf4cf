import { differences } from '@rackwright/controller';
import { ais } from '@rackwright/keys';
import type { Container, PodTemplate } from '@rackwright/kube';
import { containerName } from '../manifests/container-names.ts';

const compare = { zeroIsAbsent: true } as const;
const { restartHash, credentials } = ais.annotation;
/** What the older operator put behind the digest until it first changed. */
const initial = '.initial';

/**
 * Why pods of `live` have to be replaced by pods of `wanted`, as the names of fields;
 * empty when they need not. What is not in the list of ais.md §2.6 (arguments, ports,
 * pull policy, mounts, selectors) waits for the next change that is: a newer operator
 * that writes it in another way must not restart every cluster.
 */
export function rollingChanges(wanted: PodTemplate, live: PodTemplate): string[] {
  return [
    ...containerChanges(wanted, live, 'initContainers'),
    ...containerChanges(wanted, live, 'containers'),
    ...fieldChanges(wanted, live),
    ...labelChanges(wanted, live),
    ...annotationChanges(wanted, live),
  ];
}

function containerChanges(wanted: PodTemplate, live: PodTemplate, kind: 'containers' | 'initContainers') {
  const [after, before] = [wanted.spec?.[kind] ?? [], live.spec?.[kind] ?? []];
  if (after.length !== before.length) return [`${kind}: ${before.length} become ${after.length}`];
  return after.flatMap((container, i) => changesOf(container, before[i] as Container));
}

function changesOf(after: Container, before: Container): string[] {
  const changed: string[] = [];
  const look = (field: keyof Container, isSame = (a: unknown, b: unknown) => same(a, b)): void => {
    if (!isSame(after[field], before[field])) changed.push(`${after.name}.${field}`);
  };
  look('name', Object.is);
  look('image', Object.is);
  look('securityContext');
  if (after.name === containerName.init) return [...changed, ...addressChanges(after, before)];
  look('resources');
  if (after.name !== containerName.node) return changed;
  look('env', sameNamed);
  for (const probe of ['livenessProbe', 'readinessProbe', 'startupProbe'] as const) look(probe);
  return changed;
}

/** What aisinit makes of the address of a target; what it is not told of is off. */
const addressVariables = { ENABLE_EXTERNAL_ACCESS: 'false', AIS_PUBLIC_DNS_MODE: 'IP' } as const;

/**
 * The rest of what aisinit is told waits. A target that is to be reached in another way must start
 * anew, or clients would be sent to where it no longer is.
 */
function addressChanges({ env: after = [] }: Container, { env: before = [] }: Container): string[] {
  const isTarget = after.some(({ name, value }) => name === 'MY_SERVICE' && value?.endsWith('-target'));
  const valueIn = (env: typeof after, name: string) => env.find((one) => one.name === name)?.value;
  return Object.entries(addressVariables)
    .filter(([name, off]) => isTarget && (valueIn(after, name) ?? off) !== (valueIn(before, name) ?? off))
    .map(([name]) => `${containerName.init}.env.${name}`);
}

function fieldChanges({ spec: after }: PodTemplate, { spec: before }: PodTemplate): string[] {
  const changed: string[] = [];
  if (!same(after?.securityContext, before?.securityContext)) changed.push('securityContext');
  if (!sameNamed(after?.volumes, before?.volumes)) changed.push('volumes');
  if ((after?.priorityClassName ?? '') !== (before?.priorityClassName ?? ''))
    changed.push('priorityClassName');
  if (!sameList(after?.tolerations, before?.tolerations)) changed.push('tolerations');
  return changed;
}

function labelChanges({ metadata: after }: PodTemplate, { metadata: before }: PodTemplate): string[] {
  const [wanted, live] = [after?.labels ?? {}, before?.labels ?? {}];
  const keys = new Set([...Object.keys(wanted), ...Object.keys(live)]);
  // The label of pods of before it was there is no reason to restart them.
  if (live[managedByLabel] === undefined) keys.delete(managedByLabel);
  return [...keys].filter((key) => wanted[key] !== live[key]).map((key) => `label ${key}`);
}

const managedByLabel = 'app.kubernetes.io/managed-by';

function annotationChanges({ metadata: after }: PodTemplate, { metadata: before }: PodTemplate): string[] {
  const live = before?.annotations ?? {};
  return Object.entries(after?.annotations ?? {})
    .filter(([key, value]) => live[key] !== value && !isFormer(key, live[key], value))
    .map(([key]) => `annotation ${key}`);
}

/** Pods of the older operator that never saw another configuration, or of one of before it wrote the digests. */
function isFormer(key: string, live: string | undefined, wanted: string): boolean {
  if (key === credentials) return live === undefined;
  return key === restartHash && (live === undefined || live === `${wanted}${initial}`);
}

function same(after: unknown, before: unknown): boolean {
  return (
    differences({ value: after ?? {} }, { value: before ?? {} }, compare).length === 0 &&
    (after !== undefined || isEmpty(before))
  );
}

function isEmpty(value: unknown): boolean {
  return (
    value === undefined || (typeof value === 'object' && value !== null && Object.keys(value).length === 0)
  );
}

/** Lists of named things: the same names, each with what is wanted. */
function sameNamed(after: unknown, before: unknown): boolean {
  const [wanted, live] = [after ?? [], before ?? []] as [{ name: string }[], { name: string }[]];
  if (wanted.length !== live.length) return false;
  const byName = new Map(live.map((one) => [one.name, one]));
  return wanted.every((one) => {
    const found = byName.get(one.name);
    return found !== undefined && differences(one, found, compare).length === 0;
  });
}

function sameList(after: readonly unknown[] = [], before: readonly unknown[] = []): boolean {
  return after.length === before.length && after.every((one, i) => same(one, before[i]));
}
