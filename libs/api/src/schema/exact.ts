/**
 * `T` without `undefined` in its optional properties. zod infers `a?: X |
 * undefined`; what comes from JSON is either there or absent.
 */
export type Exact<T> = T extends readonly (infer U)[]
  ? Exact<U>[]
  : T extends object
    ? { [K in keyof T]: Exact<Exclude<T[K], undefined>> }
    : T;
