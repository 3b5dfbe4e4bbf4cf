import { HwError } from './errors.ts';
import { formatOf, type QuantityFormat, suffixes, unitOf } from './quantity-units.ts';

/** Longest text that is read. */
const maxLength = 128;
/** Decimal exponents up to this are read; nothing of a cluster has a size beyond. */
const maxExponent = 999n;
/** The API server keeps no more of quantities with a binary suffix (apimachinery, maxAllowed). */
const maxBinary = 2n ** 63n - 1n;

const grammar = /^([+-]?)(\d*)(?:\.(\d*))?([numkMGTPE]|[KMGTPE]i|[eE][+-]?\d+)?$/;

/** Billionths in one. */
export const nanosPerUnit = 10n ** 9n;

/**
 * A Kubernetes quantity (k8s.io/apimachinery pkg/api/resource): an exact number of
 * billionths, of any size, and the kind of suffix it is written with.
 */
export interface Quantity {
  readonly nanos: bigint;
  readonly format: QuantityFormat;
}

/**
 * Reads a quantity such as `64Mi`, `100m`, `1.5e3` or `2`. What is finer than a
 * billionth is rounded away from zero, and binary sizes beyond 2^63-1 become that,
 * as the API server does both.
 *
 * @throws HwError InvalidArgument if it is not a quantity
 */
export function parseQuantity(value: string | number, field = 'quantity'): Quantity {
  const quantity = readQuantity(value);
  if (quantity !== undefined) return quantity;
  const shown = JSON.stringify(String(value).slice(0, maxLength));
  throw new HwError('InvalidArgument', `${field}: ${shown} is not a quantity`, {
    ...{ field, remedy: 'write it like 64Mi, 100m or 2' },
  });
}

/** The same; undefined if it is not a quantity. */
export function readQuantity(value: string | number): Quantity | undefined {
  const text = String(value);
  const match = text.length > maxLength ? null : grammar.exec(text);
  if (match === null) return undefined;
  const [, sign, whole = '', fraction = '', suffix = ''] = match;
  if (whole === '' && fraction === '') return undefined;
  const { base, exponent } = unitOf(suffix);
  const digits = BigInt(whole + fraction);
  if (digits === 0n) return { nanos: 0n, format: formatOf(suffix) };
  if (base === 10n && exponent > maxExponent) return undefined;
  const size = scaled(digits, base, exponent, fraction.length);
  return withSign(base === 2n ? binary(size) : { nanos: size, format: formatOf(suffix) }, sign === '-');
}

/** `digits * base^exponent / 10^places` in billionths, rounded up. */
function scaled(digits: bigint, base: bigint, exponent: bigint, places: number): bigint {
  if (base === 2n) return divideUp(digits * 2n ** exponent * nanosPerUnit, 10n ** BigInt(places));
  const shift = exponent - BigInt(places) + 9n;
  if (shift >= 0n) return digits * 10n ** shift;
  // A smaller power of ten than the digits have is all the same: it is less than a billionth.
  return divideUp(digits, 10n ** (-shift < maxExponent ? -shift : maxExponent));
}

/** A size below one is written in decimals from then on (apimachinery, ParseQuantity). */
function binary(size: bigint): Quantity {
  const max = maxBinary * nanosPerUnit;
  return { nanos: size > max ? max : size, format: size < nanosPerUnit ? 'decimal' : 'binary' };
}

function withSign({ nanos, format }: Quantity, negative: boolean): Quantity {
  return { nanos: negative ? -nanos : nanos, format };
}

/**
 * The canonical text: no fraction, the largest suffix that loses nothing, of the
 * kind it was read with where that can be.
 */
export function formatQuantity({ nanos, format }: Quantity): string {
  if (nanos === 0n) return '0';
  const size = nanos / nanosPerUnit;
  const whole = size * nanosPerUnit === nanos;
  if (format === 'binary' && whole && (size >= 1024n || size <= -1024n)) {
    const [amount, times] = withoutFactors(size, 1024n, suffixes.binary.length);
    return `${amount}${times === 0 ? '' : suffixes.binary[times - 1]}`;
  }
  const [amount, times] = withoutFactors(nanos, 1000n);
  const exponent = times * 3 - 9;
  const suffix = format === 'exponent' ? undefined : suffixes.decimal[times];
  return `${amount}${suffix ?? (exponent === 0 ? '' : `e${exponent}`)}`;
}

function withoutFactors(value: bigint, factor: bigint, atMost = Number.POSITIVE_INFINITY): [bigint, number] {
  let [rest, times] = [value, 0];
  while (times < atMost && rest % factor === 0n) {
    rest /= factor;
    times += 1;
  }
  return [rest, times];
}

/** Below zero when `a` is smaller than `b`, above when it is greater, 0 when both are of one size. */
export function compareQuantities(a: Quantity, b: Quantity): number {
  if (a.nanos === b.nanos) return 0;
  return a.nanos < b.nanos ? -1 : 1;
}

/** The sum, written like `a`, or like `b` when `a` is nothing. */
export function addQuantities(a: Quantity, b: Quantity): Quantity {
  return { nanos: a.nanos + b.nanos, format: a.nanos === 0n ? b.format : a.format };
}

/** The whole number of units, rounded up: bytes, devices. */
export function wholeUnits({ nanos }: Quantity): bigint {
  const units = nanos / nanosPerUnit;
  return nanos > units * nanosPerUnit ? units + 1n : units;
}

/** As a number, which is exact up to 2^53 units. */
export function quantityNumber({ nanos }: Quantity): number {
  const units = nanos / nanosPerUnit;
  return Number(units) + Number(nanos - units * nanosPerUnit) / Number(nanosPerUnit);
}

/** True if both are quantities of the same size, e.g. `100m` and `0.1`, or the same text. */
export function sameQuantity(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  const left = ofUnknown(a);
  return left !== undefined && left.nanos === ofUnknown(b)?.nanos;
}

function ofUnknown(value: unknown): Quantity | undefined {
  return typeof value === 'string' || typeof value === 'number' ? readQuantity(value) : undefined;
}

function divideUp(a: bigint, b: bigint): bigint {
  return (a + b - 1n) / b;
}
