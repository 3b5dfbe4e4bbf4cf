import { HwError } from '@rackwright/core';
import { z } from 'zod';

const texts = z
  .array(z.string())
  .nullish()
  .transform((value) => value ?? []);

/** The configuration of an image, as docker, podman and OCI all write it. */
export const configSchema = z.object({
  created: z.string().optional(),
  architecture: z.string(),
  config: z
    .object({
      User: z.string().default(''),
      Env: texts,
      Entrypoint: texts,
      Cmd: texts,
      WorkingDir: z.string().default(''),
      Labels: z
        .record(z.string(), z.string())
        .nullish()
        .transform((value) => value ?? {}),
    })
    .prefault({}),
  rootfs: z.object({ diff_ids: z.array(z.string()) }),
  history: z
    .array(z.object({ created_by: z.string().default(''), empty_layer: z.boolean().default(false) }))
    .default([]),
});

/** `manifest.json` of what `docker save` and its like write. */
export const dockerManifestSchema = z
  .array(z.object({ Config: z.string(), Layers: z.array(z.string()) }))
  .length(1, 'must hold exactly one image');

const descriptor = z.object({ digest: z.string().startsWith('sha256:') });

export const indexSchema = z.object({
  manifests: z
    .array(descriptor.extend({ annotations: z.record(z.string(), z.string()).default({}) }))
    .length(1, 'must hold exactly one image'),
});

export const manifestSchema = z.object({ config: descriptor, layers: z.array(descriptor) });

/**
 * Reads one JSON document.
 *
 * @throws HwError InvalidArgument naming the field that is wrong
 */
export function parseDocument<T extends z.ZodType>(
  schema: T,
  text: Buffer | string,
  what: string,
): z.infer<T> {
  let value: unknown;
  try {
    value = JSON.parse(String(text));
  } catch (cause) {
    throw new HwError('InvalidArgument', `${what} is not JSON`, { cause });
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const field = issue?.path.join('.') ?? '';
  throw new HwError(
    'InvalidArgument',
    `${what}: ${field === '' ? '' : `${field}: `}${issue?.message ?? 'not understood'}`,
  );
}
