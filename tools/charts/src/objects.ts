import { parseAllDocuments } from 'yaml';

/** The parts of a rendered object that are looked at. */
interface Rendered {
  readonly apiVersion?: unknown;
  readonly kind?: unknown;
  readonly metadata?: Metadata;
  readonly spec?: PodSpec & { readonly template?: { readonly metadata?: Metadata; readonly spec?: PodSpec } };
}

interface Metadata {
  readonly name?: unknown;
  readonly namespace?: unknown;
  readonly labels?: Readonly<Record<string, unknown>> | null;
  readonly annotations?: Readonly<Record<string, unknown>> | null;
}

interface PodSpec {
  readonly containers?: readonly Container[];
  readonly imagePullSecrets?: readonly { readonly name?: unknown }[];
  readonly nodeSelector?: Readonly<Record<string, unknown>>;
  readonly volumes?: readonly { readonly name?: unknown }[];
}

interface Container {
  readonly name?: unknown;
  readonly args?: readonly unknown[];
  readonly env?: readonly { readonly name?: unknown }[];
  readonly ports?: readonly { readonly containerPort?: unknown }[];
  readonly volumeMounts?: readonly { readonly mountPath?: unknown }[];
}

const dnsLabel = '[a-z0-9]([-a-z0-9]*[a-z0-9])?';
const subdomain = new RegExp(`^${dnsLabel}(\\.${dnsLabel})*$`);
const serviceName = /^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$/;
const containerName = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;
const labelValue = /^([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$/;
const qualifiedName =
  /^([a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?\/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;

/**
 * What is wrong with a stream of manifests before an API server sees it: keys
 * that stand twice, two objects of one name, names and labels no API server
 * takes, and entries of lists that are sets for it.
 *
 * @param given names the values give themselves, which may be as long as the API server takes
 */
export function manifestViolations(manifest: string, given: ReadonlySet<string> = new Set()): string[] {
  const documents = parseAllDocuments(manifest, { strict: true, uniqueKeys: true });
  const broken = documents.flatMap(({ errors }) => errors.map(({ message }) => message));
  if (broken.length > 0) return broken;
  const objects = documents
    .map((document) => document.toJS() as Rendered | null)
    .filter((item) => item !== null);
  const identities = objects.map(
    ({ kind, metadata }) => `${String(kind)} ${String(metadata?.namespace ?? '')}/${String(metadata?.name)}`,
  );
  return [
    ...powers(manifest).map((line) => `${line} is no whole number to the API server`),
    ...doubles(identities).map((identity) => `${identity} is there twice`),
    ...objects.flatMap((object, i) =>
      objectViolations(object, given).map((violation) => `${identities[i]}: ${violation}`),
    ),
  ];
}

/** What Go prints of a large number that came as a fraction. */
function powers(manifest: string): string[] {
  return manifest.match(/^\s*[\w-]+: \d(\.\d+)?e\+\d+$/gm) ?? [];
}

function objectViolations(
  { apiVersion, kind, metadata, spec }: Rendered,
  given: ReadonlySet<string>,
): string[] {
  const name = metadata?.name;
  const longest = typeof name === 'string' && given.has(name) ? 253 : 63;
  const right = kind === 'Service' ? serviceName : subdomain;
  const pod = kind === 'Pod' ? spec : spec?.template?.spec;
  return [
    ...(typeof apiVersion === 'string' ? [] : ['no apiVersion']),
    ...(typeof name === 'string' && name.length <= longest && right.test(name) ? [] : ['no valid name']),
    ...(metadata?.namespace === undefined || typeof metadata.namespace === 'string'
      ? []
      : ['no valid namespace']),
    ...metadataViolations(metadata),
    ...metadataViolations(spec?.template?.metadata),
    ...(pod === undefined ? [] : podViolations(pod)),
  ];
}

function metadataViolations({ labels, annotations }: Metadata = {}): string[] {
  return [
    ...mapViolations('label', labels, (value) => labelValue.test(value)),
    ...mapViolations('annotation', annotations, () => true),
  ];
}

function mapViolations(
  what: string,
  map: Readonly<Record<string, unknown>> | null | undefined,
  isValid: (value: string) => boolean,
): string[] {
  return Object.entries(map ?? {})
    .filter(([key, value]) => !qualifiedName.test(key) || typeof value !== 'string' || !isValid(value))
    .map(([key, value]) => `${what} ${key}: ${JSON.stringify(value)}`);
}

function podViolations({
  containers = [],
  imagePullSecrets = [],
  nodeSelector,
  volumes = [],
}: PodSpec): string[] {
  return [
    ...twice(
      'pull secret',
      imagePullSecrets.map(({ name }) => name),
    ),
    ...twice(
      'volume',
      volumes.map(({ name }) => name),
    ),
    ...mapViolations('node selector', nodeSelector, (value) => labelValue.test(value)),
    ...containers.flatMap(containerViolations),
  ];
}

function containerViolations({
  name,
  args = [],
  env = [],
  ports = [],
  volumeMounts = [],
}: Container): string[] {
  return [
    ...(typeof name === 'string' && containerName.test(name) ? [] : [`container ${String(name)}`]),
    ...args.filter((arg) => typeof arg !== 'string').map((arg) => `argument ${JSON.stringify(arg)}`),
    ...twice(
      'variable',
      env.map((variable) => variable.name),
    ),
    ...twice(
      'port',
      ports.map(({ containerPort }) => containerPort),
    ),
    ...twice(
      'mount',
      volumeMounts.map(({ mountPath }) => mountPath),
    ),
  ];
}

function twice(what: string, names: readonly unknown[]): string[] {
  return doubles(names.map(String)).map((name) => `${what} ${name} is there twice`);
}

function doubles(names: readonly string[]): string[] {
  return [...new Set(names.filter((name, i) => names.indexOf(name) !== i))];
}
