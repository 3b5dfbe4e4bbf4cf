import { fail, HwError, ok, type Result } from '@rackwright/core';
import type * as z from 'zod';
import { aistoreSpecSchema } from './aistore-schema.ts';
import { aistoreAuthProfileSpecSchema } from './auth-profile-schema.ts';
import { aistoreAuthSpecSchema } from './auth-schema.ts';
import type { AIStore, AIStoreAuth, AIStoreAuthProfile } from './types.ts';

/**
 * Reads an AIStore as it comes from the API server: what the CRD says of its
 * spec, with defaults; fields we do not know are dropped.
 *
 * Possible errors: InvalidArgument, with every wrong field and what is wrong
 * with it in the message and the first one as `field`.
 */
export function parseAIStore(raw: AIStore): Result<AIStore> {
  return parsed(raw, aistoreSpecSchema);
}

/** Reads an AIStoreAuth in the same way, with the same errors. */
export function parseAIStoreAuth(raw: AIStoreAuth): Result<AIStoreAuth> {
  return parsed(raw, aistoreAuthSpecSchema);
}

/** Reads an AIStoreAuthProfile in the same way, with the same errors. */
export function parseAIStoreAuthProfile(raw: AIStoreAuthProfile): Result<AIStoreAuthProfile> {
  return parsed(raw, aistoreAuthProfileSpecSchema);
}

function parsed<T extends { spec: unknown }>(raw: T, schema: z.ZodType): Result<T> {
  const read = schema.safeParse(raw.spec);
  return read.success ? ok({ ...raw, spec: read.data as T['spec'] }) : fail(invalid(read.error));
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
