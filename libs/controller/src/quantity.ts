const nanoPerSuffix: Readonly<Record<string, bigint>> = {
  n: 1n,
  u: 10n ** 3n,
  m: 10n ** 6n,
  '': 10n ** 9n,
  k: 10n ** 12n,
  M: 10n ** 15n,
  G: 10n ** 18n,
  T: 10n ** 21n,
  P: 10n ** 24n,
  E: 10n ** 27n,
  Ki: 2n ** 10n * 10n ** 9n,
  Mi: 2n ** 20n * 10n ** 9n,
  Gi: 2n ** 30n * 10n ** 9n,
  Ti: 2n ** 40n * 10n ** 9n,
  Pi: 2n ** 50n * 10n ** 9n,
  Ei: 2n ** 60n * 10n ** 9n,
};

/** True if both are quantities of the same size, e.g. `100m` and `0.1`, or the same text. Exact to the nano. */
export function sameQuantity(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  const left = nanos(a);
  return left !== undefined && left === nanos(b);
}

/** A quantity in billionths, rounded away from zero as the API server does; undefined if it is none. */
function nanos(value: unknown): bigint | undefined {
  if (typeof value !== 'string' && typeof value !== 'number') return undefined;
  const text = String(value);
  const match = /^([+-]?)(\d*)(?:\.(\d*))?(?:([numkMGTPE]|[KMGTPE]i)|[eE]([+-]?\d{1,2}))?$/.exec(text);
  if (match === null || text.length > 64) return undefined;
  const [, sign, whole = '', fraction = '', suffix = '', exponent = '0'] = match;
  if (whole === '' && fraction === '') return undefined;
  const digits = BigInt(whole + fraction) * (nanoPerSuffix[suffix] ?? 1n);
  const scale = Number(exponent) - fraction.length;
  const size = scale >= 0 ? digits * 10n ** BigInt(scale) : divideUp(digits, 10n ** BigInt(-scale));
  return sign === '-' ? -size : size;
}

function divideUp(a: bigint, b: bigint): bigint {
  return (a + b - 1n) / b;
}
