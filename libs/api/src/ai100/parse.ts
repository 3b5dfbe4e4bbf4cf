import { fail, HwError, ok, type Result } from '@rackwright/core';
import type * as z from 'zod';
import { aidaptivCacheSpecSchema } from './cache-schema.ts';
import type { AidaptivCache, AidaptivCacheSpec } from './types.ts';

/**
 * Reads the spec of an AidaptivCache as it comes from the API server, or from a
 * file with the defaults left out; fields we do not know are dropped.
 *
 * Possible errors: InvalidArgument, with every wrong field and what is wrong
 * with it in the message and the first one as `field`.
 */
export function parseAidaptivCache(raw: AidaptivCache): Result<AidaptivCache> {
  const parsed = aidaptivCacheSpecSchema.safeParse(raw.spec);
  return parsed.success
    ? ok({ ...raw, spec: parsed.data as AidaptivCacheSpec })
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
