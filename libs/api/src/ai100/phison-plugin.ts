import { fail, HwError, ok, type Result } from '@rackwright/core';
import * as z from 'zod';

/** Null is as good as absent in what people write. */
function list<S extends z.ZodType>(item: S) {
  return z
    .array(item)
    .nullish()
    .transform((items) => items ?? []);
}

const variable = z.object({
  name: z.string(),
  value: z.string().nullish(),
  valueFrom: z.unknown().optional(),
});

const container = z.object({
  name: z.string().default(''),
  image: z.string().nullish(),
  command: list(z.string()),
  args: list(z.string()),
  env: list(variable),
  envFrom: list(z.unknown()),
  resources: z.record(z.string(), z.unknown()).nullish(),
});

const pod = z.object({ initContainers: list(container), containers: list(container) });

/** What is read of the pod specification of a plugin. */
export type PhisonPluginPod = z.output<typeof pod>;

export type PhisonPluginContainer = z.output<typeof container>;

/**
 * Reads the pod specification of a plugin of a PhisonDeviceOperator, which the
 * API server takes whatever it holds.
 *
 * Possible errors: InvalidArgument with the field and what is wrong with it.
 */
export function parsePhisonPluginPod(raw: unknown): Result<PhisonPluginPod> {
  const parsed = pod.safeParse(raw);
  if (parsed.success) return ok(parsed.data);
  const [first] = parsed.error.issues;
  const field = ['pluginspec', ...(first?.path ?? [])].join('.');
  return fail(new HwError('InvalidArgument', `${field}: ${first?.message ?? ''}`, { field }));
}
