const unitNanos: Readonly<Record<string, bigint>> = {
  ns: 1n,
  us: 1_000n,
  µs: 1_000n,
  μs: 1_000n,
  ms: 1_000_000n,
  s: 1_000_000_000n,
  m: 60_000_000_000n,
  h: 3_600_000_000_000n,
};

const part = /(\d+)?(?:\.(\d*))?(ns|us|µs|μs|ms|s|m|h)/y;

/** The longest time Go has: 2^63-1 ns, some 292 years. */
const maxNanos = 2n ** 63n - 1n;

/** Longest text that is read. */
const maxLength = 64;

/**
 * Reads a Go duration (https://pkg.go.dev/time#ParseDuration) to the nanosecond,
 * where `parseDuration` of core has milliseconds; undefined if it is none.
 */
export function durationNanos(text: string): bigint | undefined {
  if (text.length > maxLength) return undefined;
  const [, sign = '', rest = ''] = /^([+-]?)(.*)$/s.exec(text) ?? [];
  if (rest === '0') return 0n;
  let nanos = 0n;
  for (let at = 0; at < rest.length || at === 0; at = part.lastIndex) {
    part.lastIndex = at;
    const [, whole = '', fraction = '', unit = ''] = part.exec(rest) ?? [];
    const size = unitNanos[unit];
    if (size === undefined || whole + fraction === '') return undefined;
    nanos += BigInt(whole || 0) * size + (BigInt(fraction || 0) * size) / 10n ** BigInt(fraction.length);
  }
  if (nanos > maxNanos) return undefined;
  return sign === '-' ? -nanos : nanos;
}

/** Writes a duration as AIStore does: as Go, without the seconds that follow minutes and are none. */
export function formatDurationNanos(nanos: bigint): string {
  const size = nanos < 0n ? -nanos : nanos;
  const sign = nanos < 0n ? '-' : '';
  const [second, minute, hour] = [1_000_000_000n, 60_000_000_000n, 3_600_000_000_000n];
  if (size < second) return sign + (size === 0n ? '0s' : belowSecond(size));
  const seconds = decimal(size % minute, second);
  if (size < minute) return `${sign}${seconds}s`;
  const hours = size >= hour ? `${size / hour}h` : '';
  return `${sign}${hours}${(size % hour) / minute}m${seconds === '0' ? '' : `${seconds}s`}`;
}

function belowSecond(nanos: bigint): string {
  if (nanos < 1_000n) return `${nanos}ns`;
  return nanos < 1_000_000n ? `${decimal(nanos, 1_000n)}µs` : `${decimal(nanos, 1_000_000n)}ms`;
}

/** `value / unit` without the zeros at its end; `unit` is a power of ten. */
function decimal(value: bigint, unit: bigint): string {
  const fraction = String(value % unit)
    .padStart(String(unit).length - 1, '0')
    .replace(/0+$/, '');
  return `${value / unit}${fraction === '' ? '' : `.${fraction}`}`;
}
