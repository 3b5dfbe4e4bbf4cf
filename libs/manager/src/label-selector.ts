/** One condition of a selector: the label has one of the values, or only has to be there. */
interface Term {
  readonly key: string;
  /** Undefined when any value will do. */
  readonly values: ReadonlySet<string> | undefined;
}

/** Terms that all have to hold. */
type Selector = readonly Term[];

const termPattern =
  /^\s*([A-Za-z0-9./_-]+)\s*(?:(?:==?)\s*([A-Za-z0-9._-]*)|in\s*\(([A-Za-z0-9._,\s-]*)\))?\s*$/;

/** Undefined for a selector with terms other than `key=value`, `key in (a,b)` and `key`. */
function parse(text: string): Selector | undefined {
  const terms: Term[] = [];
  if (text === '') return terms;
  for (const part of text.split(/,(?![^(]*\))/)) {
    const match = termPattern.exec(part);
    if (match === null) return undefined;
    const [, key = '', value, list] = match;
    const values = value !== undefined ? [value] : list?.split(',').map((one) => one.trim());
    terms.push({ key, values: values === undefined ? undefined : new Set(values) });
  }
  return terms;
}

/**
 * Whether labels are selected, as the API server sees it; undefined when the
 * selector says more than is understood here. The empty one selects everything.
 */
export function labelMatcher(
  selector: string,
): ((labels: Readonly<Record<string, string>>) => boolean) | undefined {
  const terms = parse(selector);
  if (terms === undefined) return undefined;
  return (labels) =>
    terms.every(({ key, values }) => {
      const value = labels[key];
      return value !== undefined && (values === undefined || values.has(value));
    });
}

/**
 * One selector for what either selects, and nothing else. Undefined when there
 * is none that is understood here: then each needs a watch of its own.
 */
export function unitedSelector(a: string, b: string): string | undefined {
  if (a === b) return a;
  const [one, two] = [parse(a), parse(b)];
  if (one === undefined || two === undefined) return undefined;
  if (one.length === 0 || two.length === 0) return '';
  const [first, second] = [one[0], two[0]];
  if (one.length + two.length > 2 || first?.key !== second?.key) return undefined;
  const key = first?.key ?? '';
  if (first?.values === undefined || second?.values === undefined) return key;
  return `${key} in (${[...new Set([...first.values, ...second.values])].sort().join(',')})`;
}
