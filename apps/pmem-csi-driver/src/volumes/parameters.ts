import { HwError, parseQuantity, wholeUnits } from '@rackwright/core';
import {
  type DeviceMode,
  deviceModes,
  type Persistency,
  type Usage,
  type VolumeParameters,
} from './model.ts';

/** Where parameters come from; each place takes other keys. */
export type ParameterSource = 'class' | 'inline' | 'context' | 'state';

/** Parameters with what only some sources tell. */
export interface ParsedParameters extends VolumeParameters {
  /** Of an inline volume, in bytes. */
  readonly size?: bigint;
  readonly name?: string;
  readonly deviceMode?: DeviceMode;
}

const keys = {
  eraseAfter: 'eraseafter',
  kataContainers: 'kataContainers',
  usage: 'usage',
  persistency: 'persistencyModel',
  size: 'size',
  name: 'name',
  deviceMode: 'deviceMode',
  node: 'node',
} as const;

type Key = keyof typeof keys;

const everywhere: readonly Key[] = ['eraseAfter', 'kataContainers', 'usage'];
const allowed: Readonly<Record<ParameterSource, ReadonlySet<Key>>> = {
  class: new Set([...everywhere, 'persistency']),
  inline: new Set([...everywhere, 'size']),
  // The node is told by the controller of all nodes; on the node itself it says nothing new.
  context: new Set([...everywhere, 'persistency', 'name', 'node']),
  state: new Set([...everywhere, 'persistency', 'name', 'size', 'deviceMode']),
};

/** What the kubelet and the provisioner add, which says nothing of the volume. */
const foreign = /^(csi\.storage\.k8s\.io\/.*|storage\.kubernetes\.io\/csiProvisionerIdentity)$/;

/**
 * Reads what a StorageClass, an inline volume, a volume context or a state file
 * says of a volume.
 *
 * @throws HwError InvalidArgument naming the key that is unknown there or has no such value
 */
export function parseParameters(
  source: ParameterSource,
  given: Readonly<Record<string, string>>,
): ParsedParameters {
  const values = new Map<Key, string>();
  for (const [name, value] of Object.entries(given)) {
    if (foreign.test(name)) continue;
    const key = keyOf(name);
    if (key === undefined || !allowed[source].has(key)) throw unknownKey(source, name);
    if (values.has(key)) throw wrong(name, value, 'given twice');
    values.set(key, value);
  }
  return checked(source, values);
}

/** What is written to state files and volume contexts. */
export function formatParameters(parameters: VolumeParameters): Record<string, string> {
  return {
    [keys.eraseAfter]: `${parameters.eraseAfter}`,
    [keys.kataContainers]: `${parameters.kataContainers}`,
    [keys.usage]: parameters.usage,
    [keys.persistency]: parameters.persistency,
  };
}

/** The first parameter in which two volumes differ. */
export function differingParameter(a: VolumeParameters, b: VolumeParameters): string | undefined {
  const [left, right] = [formatParameters(a), formatParameters(b)];
  return Object.keys(left).find((key) => left[key] !== right[key]);
}

/** Documents say eraseAfter, the older code eraseafter: that one is taken in any case. */
function keyOf(name: string): Key | undefined {
  const key = name.toLowerCase() === keys.eraseAfter ? keys.eraseAfter : name;
  return (Object.keys(keys) as Key[]).find((one) => keys[one] === key);
}

function checked(source: ParameterSource, values: ReadonlyMap<Key, string>): ParsedParameters {
  const kataContainers = booleanOf('kataContainers', values, false);
  const usage = usageOf(values.get('usage') ?? '');
  if (kataContainers && usage === 'FileIO')
    throw wrong(keys.kataContainers, 'true', 'not possible with usage FileIO');
  const [size, name, mode] = [values.get('size'), values.get('name'), values.get('deviceMode')];
  return {
    eraseAfter: booleanOf('eraseAfter', values, true),
    kataContainers,
    usage,
    persistency: persistencyOf(source, values.get('persistency') ?? 'normal'),
    ...(size !== undefined && { size: sizeOf(size) }),
    ...(name !== undefined && { name }),
    ...(mode !== undefined && { deviceMode: deviceModeOf(mode) }),
  };
}

/** As Go reads booleans (strconv.ParseBool). */
const booleans: ReadonlyMap<string, boolean> = new Map([
  ...['1', 't', 'T', 'TRUE', 'true', 'True'].map((text) => [text, true] as const),
  ...['0', 'f', 'F', 'FALSE', 'false', 'False'].map((text) => [text, false] as const),
]);

function booleanOf(key: Key, values: ReadonlyMap<Key, string>, otherwise: boolean): boolean {
  const text = values.get(key);
  if (text === undefined) return otherwise;
  const value = booleans.get(text);
  if (value === undefined) throw wrong(keys[key], text, 'not a boolean; write true or false');
  return value;
}

/** Whether a text is one of Go's ways to write true. */
export function isTrue(text: string | undefined): boolean {
  return text !== undefined && booleans.get(text) === true;
}

function usageOf(text: string): Usage {
  if (text === '' || text === 'AppDirect') return 'AppDirect';
  if (text === 'FileIO') return text;
  throw wrong(keys.usage, text, 'not one of AppDirect, FileIO');
}

function persistencyOf(source: ParameterSource, text: string): Persistency {
  if (text === 'normal' || text === 'none') return 'normal';
  if (text === 'ephemeral' && source !== 'class') return text;
  throw wrong(keys.persistency, text, 'not normal');
}

function sizeOf(text: string): bigint {
  const size = wholeUnits(parseQuantity(text, keys.size));
  if (size < 0n) throw wrong(keys.size, text, 'below zero');
  return size;
}

/** The older driver's second name of the mode direct is ndctl. */
export function deviceModeOf(text: string): DeviceMode {
  const mode = deviceModes.find((one) => one === (text === 'ndctl' ? 'direct' : text));
  if (mode === undefined) throw wrong(keys.deviceMode, text, `not one of ${deviceModes.join(', ')}`);
  return mode;
}

function unknownKey(source: ParameterSource, name: string): HwError {
  const known = [...allowed[source]].map((key) => keys[key]).join(', ');
  const field = quoted(name);
  return new HwError('InvalidArgument', `parameter ${field} is invalid in this context`, {
    remedy: `there are ${known}`,
  });
}

function wrong(field: string, value: string, why: string): HwError {
  return new HwError('InvalidArgument', `parameter ${field}: ${quoted(value)} is ${why}`, { field });
}

/** Quoted and cut, for what a user wrote may be long. */
function quoted(text: string): string {
  return JSON.stringify(text.length > 64 ? `${text.slice(0, 64)}…` : text);
}
