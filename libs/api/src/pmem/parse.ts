import { fail, HwError, ok, type Result } from '@rackwright/core';
import type * as z from 'zod';
import { pmemCsiDeploymentSpecSchema } from './deployment-schema.ts';
import { pmemDeploymentSpecSchema } from './older-deployment-schema.ts';
import type {
  PmemCsiDeployment,
  PmemCsiDeploymentSpec,
  PmemDeployment,
  PmemDeploymentSpec,
} from './types.ts';

/** One that can be read. */
export type ValidPmemCsiDeployment = PmemCsiDeployment & { readonly spec: PmemCsiDeploymentSpec };

/** The same of the first operator's kind. */
export type ValidPmemDeployment = PmemDeployment & { readonly spec: PmemDeploymentSpec };

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

/** Reads the spec of a Deployment in the same way, with the same errors. */
export function parsePmemDeployment(raw: PmemDeployment): Result<ValidPmemDeployment> {
  const parsed = pmemDeploymentSpecSchema.safeParse(raw.spec ?? {});
  return parsed.success
    ? ok({ ...raw, spec: parsed.data as PmemDeploymentSpec })
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
