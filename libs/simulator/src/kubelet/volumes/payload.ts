import { HwError } from '@rackwright/core';
import type { ObjectSource } from '../env/container-env.ts';
import { fieldValue, type PodAddresses } from '../env/field-value.ts';
import { type NodeResources, resourceValue } from '../env/resource-value.ts';
import type { Pod, Volume, VolumeProjection } from '../pod-model.ts';
import type { Payload, ProjectedFile } from './atomic-folder.ts';
import type { TokenCache } from './tokens.ts';

/** What the content of projected volumes is made from. */
export interface PayloadInput {
  readonly pod: Pod;
  readonly objects: ObjectSource;
  readonly tokens: TokenCache;
  readonly addresses: PodAddresses;
  readonly node: NodeResources;
}

const defaultFileMode = 0o644;
/** Tokens are for the user the containers run as, and that is us. */
const tokenMode = 0o600;

/**
 * The files of a configMap, secret, downwardAPI or projected volume; undefined
 * for other kinds.
 *
 * @throws HwError NotFound when an object or key is missing that is not optional
 */
export async function volumePayload(input: PayloadInput, volume: Volume): Promise<Payload | undefined> {
  const { configMap, secret, downwardAPI, projected } = volume;
  if (configMap) return project(input, [{ configMap }], configMap.defaultMode);
  if (secret) {
    const { secretName, ...rest } = secret;
    return project(input, [{ secret: { name: secretName ?? '', ...rest } }], secret.defaultMode);
  }
  if (downwardAPI) return project(input, [{ downwardAPI }], downwardAPI.defaultMode);
  if (projected) return project(input, projected.sources ?? [], projected.defaultMode);
  return undefined;
}

async function project(
  input: PayloadInput,
  sources: readonly VolumeProjection[],
  mode = defaultFileMode,
): Promise<Payload> {
  const payload = new Map<string, ProjectedFile>();
  for (const source of sources) {
    for (const [path, file] of await sourceFiles(input, source, mode)) payload.set(path, file);
  }
  return payload;
}

async function sourceFiles(input: PayloadInput, source: VolumeProjection, mode: number): Promise<Payload> {
  const namespace = input.pod.metadata?.namespace ?? '';
  if (source.configMap) {
    const found = await input.objects.configMap(namespace, source.configMap.name ?? '');
    const text = Object.entries(found?.data ?? {}).map(([key, value]): Entry => [key, Buffer.from(value)]);
    const data = new Map([...text, ...base64Entries(found?.binaryData)]);
    return selectKeys('configmap', source.configMap, found === undefined ? undefined : data, mode);
  }
  if (source.secret) {
    const found = await input.objects.secret(namespace, source.secret.name ?? '');
    const data = found === undefined ? undefined : new Map(base64Entries(found.data));
    return selectKeys('secret', source.secret, data, mode);
  }
  if (source.downwardAPI) return downwardFiles(input, source.downwardAPI.items ?? [], mode);
  if (source.serviceAccountToken) {
    const token = await input.tokens.token(input.pod, source.serviceAccountToken);
    return new Map([[source.serviceAccountToken.path, { content: Buffer.from(token), mode: tokenMode }]]);
  }
  throw new HwError('Unsupported', 'the kubelet double does not know this source of a projected volume');
}

type Entry = [key: string, content: Buffer];

function base64Entries(data: Record<string, string> | undefined): Entry[] {
  return Object.entries(data ?? {}).map(([key, value]) => [key, Buffer.from(value, 'base64')]);
}

function selectKeys(
  kind: string,
  { name = '', optional, items }: NonNullable<VolumeProjection['configMap']>,
  data: ReadonlyMap<string, Buffer> | undefined,
  mode: number,
): Payload {
  if (data === undefined) {
    if (optional) return new Map();
    // The real kubelet's message as kubectl shows it: people search for it.
    throw new HwError('NotFound', `${kind} "${name}" not found`);
  }
  if (items === undefined || items.length === 0) {
    return new Map([...data].map(([key, content]) => [key, { content, mode }]));
  }
  const files = new Map<string, ProjectedFile>();
  for (const item of items) {
    const content = data.get(item.key);
    if (content !== undefined) files.set(item.path, { content, mode: item.mode ?? mode });
    else if (!optional) throw new HwError('NotFound', `${kind} ${name} has no key ${item.key}`);
  }
  return files;
}

function downwardFiles(
  { pod, addresses, node }: PayloadInput,
  items: NonNullable<NonNullable<Volume['downwardAPI']>['items']>,
  mode: number,
): Payload {
  return new Map(
    items.map((item) => {
      const text = item.fieldRef
        ? fieldValue(pod, item.fieldRef.fieldPath, addresses)
        : resourceValue(pod, undefined, item.resourceFieldRef ?? { resource: '' }, node);
      return [item.path, { content: Buffer.from(text), mode: item.mode ?? mode }];
    }),
  );
}
