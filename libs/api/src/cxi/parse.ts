import { fail, HwError, ok, type Result } from '@rackwright/core';
import type { ObjectMeta } from '@rackwright/kube';
import * as z from 'zod';
import { cxiDriverSpecSchema } from './driver-schema.ts';
import type { CxiDriver, CxiDriverSpec, CxiDriverStatus } from './types.ts';

const envelope = z.looseObject({
  apiVersion: z.string().optional(),
  kind: z.string().optional(),
  metadata: z.custom<ObjectMeta>(isRecord, { error: 'metadata is missing' }),
  spec: cxiDriverSpecSchema,
  status: z.custom<CxiDriverStatus>(isRecord).optional(),
});

function isRecord(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * Reads a CXIDriver as it comes from the API server, or from a file with the
 * defaults left out. Fields we do not know are dropped, so objects of newer and
 * older versions are read too; the status is not checked.
 *
 * Possible errors: InvalidArgument, with every wrong field and what is wrong
 * with it in the message and the first one as `field`.
 */
export function parseCxiDriver(raw: unknown): Result<CxiDriver> {
  const parsed = envelope.safeParse(raw);
  if (!parsed.success) return fail(invalid(parsed.error));
  const { apiVersion, kind, metadata, spec, status } = parsed.data;
  return ok({
    ...(apiVersion === undefined ? {} : { apiVersion }),
    ...(kind === undefined ? {} : { kind }),
    metadata,
    spec: spec as CxiDriverSpec,
    ...(status === undefined ? {} : { status }),
  });
}

function invalid(error: z.ZodError): HwError {
  const problems = error.issues.map(({ path, message }) => {
    const field = path.join('.');
    return message.startsWith('spec.') ? message : `${field}: ${message}`;
  });
  const field = error.issues[0]?.path.join('.');
  return new HwError('InvalidArgument', problems.join('; '), field === undefined ? {} : { field });
}
