import { type Convertible, convertObject } from '@rackwright/api';
import { errorMessage, HwError, type Logger } from '@rackwright/core';
import type { KubeObject } from '@rackwright/kube';
import type { JsonReply } from '@rackwright/web';
import type { ReviewMetrics } from './metrics.ts';

/** Where conversions of every kind are asked for. */
export const conversionPath = '/convert';

const apiVersion = 'apiextensions.k8s.io/v1';

/** What converting takes. */
export interface ConversionContext {
  readonly kinds: readonly Convertible[];
  readonly metrics: Pick<ReviewMetrics, 'converted'>;
  readonly logger: Logger;
}

/**
 * Answers a ConversionReview: all of its objects, or none and why. Nothing in
 * it is trusted: whoever reaches the port may send it.
 */
export function convertReview(body: unknown, context: ConversionContext): JsonReply {
  const request = requestOf(body);
  if (request === undefined) {
    const error = `the body must be a ConversionReview of ${apiVersion} with uid, desiredAPIVersion and objects`;
    return { status: 400, body: { error } };
  }
  const { uid, desired, objects } = request;
  try {
    const convertedObjects = objects.map((object) => converted(object, desired, context));
    return answer({ uid, convertedObjects, result: { status: 'Success' } });
  } catch (error) {
    context.logger.warn('not converted', { error: errorMessage(error) });
    return answer({ uid, result: { status: 'Failure', message: errorMessage(error) } });
  }
}

/** @throws HwError InvalidArgument naming the object */
function converted(object: KubeObject, desired: string, { kinds, metrics }: ConversionContext): KubeObject {
  const kind = kinds.find(({ resource }) => isOfKind(object, resource));
  if (kind === undefined)
    throw new HwError('InvalidArgument', `${nameOf(object)} of ${object.apiVersion} is not converted here`);
  try {
    const result = convertObject(kind, object, desired);
    metrics.converted(kind, 'converted');
    return result;
  } catch (error) {
    metrics.converted(kind, 'failed');
    throw new HwError('InvalidArgument', `${nameOf(object)}: ${errorMessage(error)}`, { cause: error });
  }
}

function isOfKind({ apiVersion = '', kind }: KubeObject, resource: Convertible['resource']): boolean {
  return kind === resource.kind && String(apiVersion).split('/')[0] === resource.group;
}

/** Kind, namespace and name. */
function nameOf({ kind, metadata }: KubeObject): string {
  const { namespace, name, generateName } = metadata ?? {};
  const path = namespace === undefined ? '' : `${namespace}/`;
  return `${kind} ${path}${name ?? generateName ?? ''}`;
}

function answer(response: object): JsonReply {
  return { body: { apiVersion, kind: 'ConversionReview', response } };
}

interface ConversionRequest {
  readonly uid: string;
  readonly desired: string;
  readonly objects: readonly KubeObject[];
}

function requestOf(body: unknown): ConversionRequest | undefined {
  if (!isMap(body) || body.kind !== 'ConversionReview' || body.apiVersion !== apiVersion) return undefined;
  const { request } = body;
  if (!isMap(request)) return undefined;
  const { uid, desiredAPIVersion: desired, objects } = request;
  if (typeof uid !== 'string' || typeof desired !== 'string') return undefined;
  if (!Array.isArray(objects) || !objects.every(isObject)) return undefined;
  return { uid, desired, objects: objects as unknown as KubeObject[] };
}

function isObject(value: unknown): boolean {
  return isMap(value) && isMap(value.metadata ?? {});
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
