import { differences, fieldOf, listOf } from './cel.ts';

/** A named expression of a ValidatingAdmissionPolicy, `variables.<name>` in the others. */
export interface Variable {
  readonly name: string;
  readonly expression: string;
}

/** What must hold of a request; the message says what does not, naming the field. */
export interface Validation {
  readonly expression: string;
  /** Said when the expression of the message fails. */
  readonly message: string;
  /** CEL. */
  readonly messageExpression?: string;
}

/** What may be written of one resource: everything else must stay as it is. */
export interface AllowedWrites {
  readonly apiGroup: string;
  readonly apiVersion: string;
  /** Plural name; its subresources are covered too. */
  readonly resource: string;
  readonly variables: readonly Variable[];
  /** For requests about this resource. */
  readonly validations: readonly Validation[];
}

/** Metadata the API server fills in itself and lets no client set. */
const serverFields = ['name', 'namespace', 'uid', 'resourceVersion', 'generation', 'creationTimestamp'];

/** Of what a request is about: variables the policies of all resources share. */
export const sharedVariables: readonly Variable[] = [
  { name: 'after', expression: 'object == null ? dyn({}) : dyn(object)' },
  { name: 'before', expression: 'oldObject == null ? dyn({}) : dyn(oldObject)' },
  ...['metadata', 'spec', 'status'].flatMap((field) =>
    section(field, field, 'variables.after', 'variables.before'),
  ),
  ...section('labels', 'labels', 'variables.afterMetadata', 'variables.beforeMetadata'),
];

/** The same field of the object and of the old object. */
function section(name: string, field: string, after: string, before: string): Variable[] {
  return [
    { name: `after${capitalised(name)}`, expression: fieldOf(after, field) },
    { name: `before${capitalised(name)}`, expression: fieldOf(before, field) },
  ];
}

/** Top-level fields and metadata that a write changes beside the free ones, as a CEL list of their paths. */
export function changedOutside(free: {
  readonly fields: readonly string[];
  readonly metadata: readonly string[];
}): string {
  const fields = ['apiVersion', 'kind', 'metadata', ...free.fields];
  const metadata = [...serverFields, 'managedFields', ...free.metadata];
  return (
    `${differences('variables.after', 'variables.before', `key in ${listOf(fields)}`)}` +
    ` + ${differences('variables.afterMetadata', 'variables.beforeMetadata', `key in ${listOf(metadata)}`)}.map(key, 'metadata.' + key)`
  );
}

/** Fields of the spec or the status that a write changes beside the free ones. */
export function changedBelow(field: 'spec' | 'status', free: readonly string[] = []): string {
  const [after, before] = [`variables.after${capitalised(field)}`, `variables.before${capitalised(field)}`];
  return `${differences(after, before, `key in ${listOf(free)}`)}.map(key, '${field}.' + key)`;
}

/** Labels that a write changes beside those `free` lets through, a condition over `key`. */
export function changedLabels(free: string): string {
  return `${differences('variables.afterLabels', 'variables.beforeLabels', free)}.map(key, 'metadata.labels[' + key + ']')`;
}

/** Annotations that a write changes beside those `free` lets through, a condition over `key`. */
export function changedAnnotations(free: string): string {
  const annotations = (metadata: string): string => `(${fieldOf(metadata, 'annotations')})`;
  const [after, before] = [annotations('variables.afterMetadata'), annotations('variables.beforeMetadata')];
  return `${differences(after, before, free)}.map(key, 'metadata.annotations[' + key + ']')`;
}

/** An owner reference to the agent's own Node, which nobody else is affected by. */
const toOwnNode = (reference: string): string =>
  `(${reference}.kind == 'Node' && ${reference}.apiVersion == 'v1' && ${reference}.name == variables.node && ` +
  `${reference}.all(key, key in ['apiVersion', 'kind', 'name', 'uid']))`;

/** Whether a write puts no owner but the agent's own Node into an object, and takes no other away. */
export function ownersChangeToOwnNode(after: string, before: string): string {
  return (
    "request.operation == 'DELETE' || (" +
    `${after}.all(o, o in ${before} || ${toOwnNode('o')}) && ` +
    `${before}.all(o, o in ${after} || (o.kind == 'Node' && o.name == variables.node)))`
  );
}

function capitalised(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}

/** The requests a policy looks at for what may be written of a resource. */
export function resourceRule({ apiGroup, apiVersion, resource }: AllowedWrites) {
  const operations = ['CREATE', 'UPDATE', 'DELETE', 'CONNECT'];
  const resources = [resource, `${resource}/*`];
  return { apiGroups: [apiGroup], apiVersions: [apiVersion], operations, resources };
}

/** The validations, each holding for requests about other resources. */
export function only({ apiGroup, resource, validations }: AllowedWrites): Validation[] {
  const about = `request.resource.group == '${apiGroup}' && request.resource.resource == '${resource}'`;
  return validations.map((validation) => ({
    ...validation,
    expression: `!(${about}) || (${validation.expression})`,
  }));
}
