import * as z from 'zod';

/** Longest image reference, URL or path we take; the bound keeps CEL rules cheap for the API server. */
const longText = 1024;

/** A field description, as `kubectl explain` shows it. */
export function described<S extends z.ZodType>(schema: S, description: string): S {
  return schema.meta({ ...schema.meta(), description }) as S;
}

export function int32(min: number, max = 2 ** 31 - 1): z.ZodInt {
  return z.int().min(min).max(max).meta({ format: 'int32' });
}

export function int64(min: number, max: number = Number.MAX_SAFE_INTEGER): z.ZodInt {
  return z.int().min(min).max(max).meta({ format: 'int64' });
}

export function text(maxLength: number = longText): z.ZodString {
  return z.string().max(maxLength);
}

/** RFC 3339 date and time, kept as text. */
export function timestamp(): z.ZodString {
  return z.string().meta({ format: 'date-time' });
}
