import { fail, HwError, ok, type Result } from '@rackwright/core';
import type * as z from 'zod';
import { pmemCsiDeploymentSpecSchema } from './deployment-schema.ts';
import type { PmemCsiDeployment, PmemCsiDeploymentSpec } from './types.ts';

/** One that can be read. */
export type ValidPmemCsiDeployment = PmemCsiDeployment & { readonly spec: PmemCsiDeploymentSpec };

/**
 * Reads the spec of a PmemCSIDeployment as it comes from the API server; fields
 * we do not know are dropped.
 *
 * Possible errors: InvalidArgument, with every wrong field and what is wrong
 * with it in the message and the first one as `field`.
 */
export function parsePmemCsiDeployment(raw: PmemCsiDeployment): Result<ValidPmemCsiDeployment> {
  const parsed = pmemCsiDeploymentSpecSchema.safeParse(raw.spec ?? {});
  return parsed.success
    ? ok({ ...raw, spec: parsed.data as PmemCsiDeploymentSpec })
    : fail(invalid(parsed.error));
}

function invalid(error: z.ZodError): HwError {
  const problems = error.issues.map(({ path, message }) =>
    message.startsWith('spec.') ? message : `${fieldOf(path)}: ${message}`,
  );
  const [first] = error.issues;
  return new HwError(
    'InvalidArgument',
    problems.join('; '),
    first === undefined ? {} : { field: fieldOf(first.path) },
  );
}

function fieldOf(path: readonly PropertyKey[]): string {
  return ['spec', ...path].join('.');
}
