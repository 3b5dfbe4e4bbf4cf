/**
 * Which fields tell the items of a list apart, by the list's field name, as
 * Kubernetes' own types define them (x-kubernetes-list-map-keys in its OpenAPI).
 * A list that is not here is one value: its items count in their order.
 */
const mapKeys: Readonly<Record<string, readonly (readonly string[])[]>> = {
  containers: [['name']],
  initContainers: [['name']],
  volumes: [['name']],
  volumeMounts: [['mountPath']],
  volumeDevices: [['devicePath']],
  env: [['name']],
  // Of containers, and of services.
  ports: [
    ['containerPort', 'protocol'],
    ['port', 'protocol'],
  ],
  imagePullSecrets: [['name']],
  secrets: [['name']],
  topologySpreadConstraints: [['topologyKey', 'whenUnsatisfiable']],
  hostAliases: [['ip']],
  resourceClaims: [['name']],
  ownerReferences: [['uid']],
  conditions: [['type']],
  webhooks: [['name']],
};

const keyDefaults: Readonly<Record<string, unknown>> = { protocol: 'TCP' };

/** Lists that are sets: what others added is left alone. */
const sets: ReadonlySet<string> = new Set(['finalizers']);

/** True if the items of the list named `field` are a set of plain values. */
export function isSet(field: string): boolean {
  return sets.has(field);
}

/** The fields that identify the items of the list named `field`; undefined if it is one value. */
export function listKeys(field: string, items: readonly unknown[]): readonly string[] | undefined {
  const candidates = Object.hasOwn(mapKeys, field) ? mapKeys[field] : undefined;
  return candidates?.find(([main = '']) =>
    items.every((item) => isRecord(item) && Object.hasOwn(item, main)),
  );
}

/** What tells `item` from others, as text. */
export function itemKey(item: unknown, keys: readonly string[]): string {
  if (!isRecord(item)) return '';
  return keys.map((key) => String(item[key] ?? keyDefaults[key] ?? '')).join('/');
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
