import type { AdmissionSubject, Operation, Requester } from '@rackwright/api';
import { fail, HwError, ok, type Result } from '@rackwright/core';
import type { KubeObject } from '@rackwright/kube';

/** The version of admission.k8s.io that is spoken; API servers have it since Kubernetes 1.16. */
const apiVersion = 'admission.k8s.io/v1';
const operations = ['CREATE', 'UPDATE', 'DELETE'] as const satisfies readonly Operation[];

/** A question of an API server, as far as it is read. */
export interface ReviewRequest {
  readonly uid: string;
  readonly resource: { readonly group: string; readonly version: string; readonly plural: string };
  readonly subresource: string;
  readonly namespace: string | undefined;
  readonly dryRun: boolean;
  readonly subject: AdmissionSubject;
}

/** What is answered to it. */
export interface ReviewAnswer {
  readonly allowed: boolean;
  /** Why not; required of an answer that refuses. */
  readonly status?: {
    readonly code: number;
    readonly reason: string;
    readonly message: string;
    readonly details?: { readonly causes: readonly { readonly field: string; readonly message: string }[] };
  };
  readonly warnings?: readonly string[];
  /** RFC 6902, before it is encoded. */
  readonly patch?: readonly unknown[];
}

/**
 * Reads a body that claims to be an AdmissionReview. Nothing in it is trusted:
 * whoever reaches the port may send it.
 *
 * Possible errors: InvalidArgument, naming the field that is wrong.
 */
export function readReview(body: unknown): Result<ReviewRequest> {
  if (!isMap(body)) return wrong('body', 'must be an AdmissionReview as a JSON object');
  if (body.kind !== 'AdmissionReview') return wrong('kind', 'must be AdmissionReview');
  if (body.apiVersion !== apiVersion)
    return wrong('apiVersion', `must be ${apiVersion}, the version the webhook is registered for`);
  const { request } = body;
  if (!isMap(request)) return wrong('request', 'must be an object');
  const { uid, operation, resource } = request;
  if (!isName(uid)) return wrong('request.uid', 'must be a text of 1 to 256 characters');
  if (!isOperation(operation)) return wrong('request.operation', `must be one of ${operations.join(', ')}`);
  if (!isMap(resource) || ![resource.group, resource.version, resource.resource].every(isText))
    return wrong('request.resource', 'must have group, version and resource');
  const object = objectOf(request.object);
  const before = objectOf(request.oldObject);
  if (object === null || (object === undefined && operation !== 'DELETE'))
    return wrong('request.object', 'must be a Kubernetes object');
  if (before === null || (before === undefined && operation !== 'CREATE'))
    return wrong('request.oldObject', 'must be a Kubernetes object');
  return ok({
    uid,
    resource: {
      group: String(resource.group),
      version: String(resource.version),
      plural: String(resource.resource),
    },
    subresource: isText(request.subResource) ? request.subResource : '',
    namespace: isText(request.namespace) ? request.namespace : undefined,
    dryRun: request.dryRun === true,
    subject: {
      ...{ operation, name: isText(request.name) ? request.name : '', object, before },
      ...requesterOf(request.userInfo),
    },
  });
}

/** The AdmissionReview with the answer to a question. */
export function writeReview(uid: string, { patch, ...answer }: ReviewAnswer): unknown {
  const patched =
    patch === undefined || patch.length === 0
      ? {}
      : { patchType: 'JSONPatch', patch: Buffer.from(JSON.stringify(patch)).toString('base64') };
  return { apiVersion, kind: 'AdmissionReview', response: { uid, ...answer, ...patched } };
}

function wrong(field: string, why: string): Result<never> {
  return fail(new HwError('InvalidArgument', `${field} ${why}`, { field }));
}

/** Null for what can be no object. */
function objectOf(value: unknown): KubeObject | null | undefined {
  if (value === undefined || value === null) return undefined;
  return isMap(value) && isMap(value.metadata ?? {}) ? (value as unknown as KubeObject) : null;
}

/** Who asks, passed on as it is said (authentication.k8s.io/v1 UserInfo). */
function requesterOf(user: unknown): { requester?: Requester } {
  if (!isMap(user) || !isText(user.username)) return {};
  const { username, uid, groups, extra } = user;
  return {
    requester: {
      username,
      ...(isText(uid) ? { uid } : {}),
      ...(isTexts(groups) ? { groups } : {}),
      ...(isMap(extra) && Object.values(extra).every(isTexts)
        ? { extra: extra as Readonly<Record<string, readonly string[]>> }
        : {}),
    },
  };
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every(isText);
}

function isOperation(value: unknown): value is Operation {
  return value === 'CREATE' || value === 'UPDATE' || value === 'DELETE';
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

function isName(value: unknown): value is string {
  return isText(value) && value.length > 0 && value.length <= 256;
}
