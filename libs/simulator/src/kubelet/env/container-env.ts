import { HwError } from '@rackwright/core';
import type { ConfigMap, Secret } from '@rackwright/kube';
import type { Container, EnvVar, Pod } from '../pod-model.ts';
import { expand } from './expand.ts';
import { fieldValue, type PodAddresses } from './field-value.ts';
import { type NodeResources, resourceValue } from './resource-value.ts';

/** Reads the objects a pod refers to; undefined when there is none of that name. */
export interface ObjectSource {
  configMap(namespace: string, name: string): Promise<ConfigMap | undefined>;
  secret(namespace: string, name: string): Promise<Secret | undefined>;
}

/** What a container's environment is made from beside the pod. */
export interface EnvInput {
  readonly pod: Pod;
  readonly container: Container;
  readonly objects: ObjectSource;
  readonly addresses: PodAddresses;
  readonly node: NodeResources;
  /** Variables that point at services; the container's own come before them. */
  readonly services: Readonly<Record<string, string>>;
}

/**
 * The variables of a container: `envFrom`, then `env` in order with `$(NAME)`
 * expanded, then services.
 *
 * @throws HwError NotFound when a ConfigMap, Secret or key is missing that is not optional
 */
export async function containerEnv(input: EnvInput): Promise<Record<string, string>> {
  const env = await fromObjects(input);
  for (const variable of input.container.env ?? []) {
    const value = await variableValue(variable, input, env);
    if (value !== undefined) env[variable.name] = value;
  }
  return { ...input.services, ...env };
}

async function fromObjects({ pod, container, objects }: EnvInput): Promise<Record<string, string>> {
  const namespace = pod.metadata?.namespace ?? '';
  const env: Record<string, string> = {};
  for (const { prefix = '', configMapRef, secretRef } of container.envFrom ?? []) {
    const data =
      configMapRef === undefined
        ? await secretData(objects, namespace, secretRef)
        : await configMapData(objects, namespace, configMapRef);
    for (const [key, value] of Object.entries(data ?? {})) env[prefix + key] = value;
  }
  return env;
}

interface Reference {
  readonly name?: string;
  readonly optional?: boolean;
}

async function configMapData(
  objects: ObjectSource,
  namespace: string,
  { name = '', optional }: Reference,
): Promise<Record<string, string> | undefined> {
  const found = await objects.configMap(namespace, name);
  if (found === undefined && !optional) throw missing('configmap', name);
  return found === undefined ? undefined : (found.data ?? {});
}

async function secretData(
  objects: ObjectSource,
  namespace: string,
  { name = '', optional }: Reference = {},
): Promise<Record<string, string> | undefined> {
  const found = await objects.secret(namespace, name);
  if (found === undefined && !optional) throw missing('secret', name);
  if (found === undefined) return undefined;
  const entries = Object.entries(found.data ?? {});
  return Object.fromEntries(
    entries.map(([key, value]) => [key, Buffer.from(value, 'base64').toString('utf8')]),
  );
}

async function variableValue(
  variable: EnvVar,
  input: EnvInput,
  env: Readonly<Record<string, string>>,
): Promise<string | undefined> {
  const { value, valueFrom } = variable;
  if (value !== undefined && value !== '') {
    return expand(value, (name) => env[name] ?? input.services[name]);
  }
  if (valueFrom === undefined) return '';
  const { pod, container, objects, addresses, node } = input;
  const namespace = pod.metadata?.namespace ?? '';
  if (valueFrom.fieldRef) return fieldValue(pod, valueFrom.fieldRef.fieldPath, addresses);
  if (valueFrom.resourceFieldRef) return resourceValue(pod, container, valueFrom.resourceFieldRef, node);
  if (valueFrom.configMapKeyRef) {
    const reference = valueFrom.configMapKeyRef;
    return keyOf('configmap', reference, await configMapData(objects, namespace, reference));
  }
  if (valueFrom.secretKeyRef) {
    const reference = valueFrom.secretKeyRef;
    return keyOf('secret', reference, await secretData(objects, namespace, reference));
  }
  throw new HwError('Unsupported', `${variable.name}: the kubelet double does not know this valueFrom`);
}

function keyOf(
  kind: string,
  { name = '', key, optional }: Reference & { readonly key: string },
  data: Record<string, string> | undefined,
): string | undefined {
  const value = data?.[key];
  if (value === undefined && !optional) throw new HwError('NotFound', `${kind} ${name} has no key ${key}`);
  return value;
}

function missing(kind: string, name: string): HwError {
  // The real kubelet's message as kubectl shows it: people search for it.
  return new HwError('NotFound', `${kind} "${name}" not found`);
}
