/** A JSON value whose integers are exact, however large. */
export type ExactJson =
  | string
  | boolean
  | null
  | number
  | bigint
  | ExactJson[]
  | { [key: string]: ExactJson };

/** What `JSON.parse` tells a reviver of a number beside its rounded value. */
interface SourceContext {
  readonly source?: string;
}

/** JSON whose whole numbers beyond what a double can hold become bigints, not rounded ones. @throws SyntaxError */
export function parseExactJson(text: string): ExactJson {
  const revive = (_key: string, value: ExactJson, { source }: SourceContext = {}): ExactJson =>
    typeof value === 'number' &&
    !Number.isSafeInteger(value) &&
    source !== undefined &&
    /^-?\d{1,40}$/.test(source)
      ? BigInt(source)
      : value;
  const parse: (text: string, reviver: typeof revive) => ExactJson = JSON.parse;
  return parse(text, revive);
}
