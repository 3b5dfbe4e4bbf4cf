import type { AdmissionConversion } from '@rackwright/api';
import { errorMessage } from '@rackwright/core';
import type { KubeObject } from '@rackwright/kube';
import type { JsonReply } from '@rackwright/web';

const apiVersion = 'apiextensions.k8s.io/v1';

/** Answers a ConversionReview: all of its objects, or none and why. */
export function convertReview({ convert }: AdmissionConversion, body: unknown): JsonReply {
  const request = requestOf(body);
  if (request === undefined) {
    const error = `the body must be a ConversionReview of ${apiVersion} with uid, desiredAPIVersion and objects`;
    return { status: 400, body: { error } };
  }
  const { uid, desired, objects } = request;
  try {
    const convertedObjects = objects.map((object) => convert(object, desired));
    return answer({ uid, convertedObjects, result: { status: 'Success' } });
  } catch (error) {
    return answer({ uid, result: { status: 'Failure', message: errorMessage(error) } });
  }
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
  if (!Array.isArray(objects) || !objects.every(isMap)) return undefined;
  return { uid, desired, objects: objects as unknown as KubeObject[] };
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
