/**
 * Something that goes wrong, ready to be done: a script of the demo or of an
 * end-to-end case. Whoever owns the thing that breaks makes the faults for it.
 */
export interface Fault {
  /** Stable name in kebab case, unique over all kinds of fault. */
  readonly name: string;
  /** One sentence that says what happens, for people. */
  readonly description: string;
  /** Makes it happen; resolves once it has. */
  apply(signal?: AbortSignal): Promise<void>;
  /** Makes it good again; absent where that is nobody's to do. */
  revert?(): Promise<void>;
}
