import { HwError } from './errors.ts';

const unitMs: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
};

/**
 * Reads a Go duration such as `1m30s`, `250ms` or `1.5h`
 * (https://pkg.go.dev/time#ParseDuration) and returns milliseconds.
 *
 * @param field names the input in the error
 * @throws HwError InvalidArgument if the text is not a duration
 */
export function parseDuration(text: string, field = 'duration'): number {
  const match = /^([+-]?)((?:\d+(?:\.\d*)?|\.\d+)(?:ns|us|µs|ms|s|m|h))+$/.exec(text);
  if (text.length > 64 || (match === null && !/^[+-]?0$/.test(text))) {
    throw new HwError('InvalidArgument', `${field}: ${JSON.stringify(text.slice(0, 64))} is not a duration`, {
      field,
      remedy: 'write it like 30s, 5m or 1h30m',
    });
  }
  let total = 0;
  for (const [, number, unit] of text.matchAll(/(\d+(?:\.\d*)?|\.\d+)(ns|us|µs|ms|s|m|h)/g)) {
    total += Number(number) * (unitMs[unit ?? ''] ?? 0);
  }
  return match?.[1] === '-' ? -total : total;
}

/** Writes milliseconds as the shortest Go duration, to the millisecond: `1m30s`, `250ms`. */
export function formatDuration(ms: number): string {
  let rest = Math.round(Math.abs(ms));
  if (rest === 0) return '0s';
  let text = ms < 0 ? '-' : '';
  for (const [unit, size] of [
    ['h', 3_600_000],
    ['m', 60_000],
  ] as const) {
    if (rest >= size) {
      text += `${Math.floor(rest / size)}${unit}`;
      rest %= size;
    }
  }
  if (rest === 0) return text;
  return text + (rest < 1000 && (text === '' || text === '-') ? `${rest}ms` : `${rest / 1000}s`);
}
