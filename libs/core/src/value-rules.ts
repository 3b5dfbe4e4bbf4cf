/** What a text must look like, as JSON schemas say it. */
interface ValueRule {
  readonly pattern: string;
  readonly maxLength?: number;
}

const part = '[0-9]+([.][0-9]+)?(ms|s|m|h)';
/** Parts of a duration that alone are longer than nothing, or at least a second. */
const somePart = '([0-9]*[1-9][0-9]*([.][0-9]+)?|[0-9]+[.][0-9]*[1-9][0-9]*)(ms|s|m|h)';
const secondPart =
  '([0-9]*[1-9][0-9]*([.][0-9]+)?(s|m|h)|[0-9]*[1-9][0-9]{3,}([.][0-9]+)?ms|' +
  '[0-9]+[.](0[2-9]|[1-9])[0-9]*m|[0-9]+[.]0{0,2}[1-9][0-9]*h)';
/** No longer than `parseDuration` reads. */
const durationWith = (needed: string): ValueRule => ({
  pattern: `^(${part})*${needed}(${part})*$`,
  maxLength: 64,
});
const telemetryName = '[A-Za-z0-9_]{1,128}';

/**
 * What values of options look like, written once for everybody who refuses
 * them: the CRD, the charts' schemas and the apps' own flags. Regular
 * expressions that JavaScript and RE2 (CEL, Helm) read alike.
 */
export const valueRules = {
  /** Bits of a 20 bit address, at least one. */
  switchIdMask: { pattern: '^0x0{0,8}[1-9a-fA-F][0-9a-fA-F]{0,4}$' },
  /** A file of device/telemetry whose name can be part of a metric's. */
  telemetryName: { pattern: `^${telemetryName}$` },
  /** Such names, with commas between them. */
  telemetryNames: { pattern: `^ *(${telemetryName})?( *, *(${telemetryName})?)* *$` },
  duration: durationWith(part),
  positiveDuration: durationWith(somePart),
  /** A duration of at least a second. */
  longDuration: durationWith(secondPart),
  /** An absolute path without `..`. */
  absolutePath: { pattern: '^(/([^/.][^/]*|[.]([^/.][^/]*)?|[.][.][^/]+)?)+$' },
} satisfies Record<string, ValueRule>;

export type ValueRuleName = keyof typeof valueRules;

/** Whether a text follows the rule. */
export function follows(rule: ValueRuleName, text: string): boolean {
  const { pattern, maxLength = Number.POSITIVE_INFINITY }: ValueRule = valueRules[rule];
  return text.length <= maxLength && new RegExp(pattern).test(text);
}

/** Words of a telemetry list that say what is exported by themselves. */
export const telemetryAlone = ['all', 'none'] as const;

/** What is wrong with a list of telemetry names, as half a sentence; undefined for a good one. */
export function telemetryProblem(words: readonly string[]): string | undefined {
  const odd = words.find((word) => !follows('telemetryName', word));
  if (odd !== undefined) return `${JSON.stringify(odd)} is not the name of a telemetry file`;
  const alone = telemetryAlone.find((word) => words.includes(word));
  return alone === undefined || words.length === 1 ? undefined : `${alone} stands alone`;
}
