import type { HwError } from './errors.ts';

/** The outcome of something that may be refused without being exceptional. */
export type Result<T, E = HwError> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly error: E };

export function ok<T>(value: T): Result<T, never> {
  return { ok: true, value };
}

export function fail<E>(error: E): Result<never, E> {
  return { ok: false, error };
}
