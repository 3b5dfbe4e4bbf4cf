import { HwError } from './errors.ts';

const suffixes: Readonly<Record<string, number>> = {
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  '': 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
};

/**
 * Reads a Kubernetes quantity such as `64Mi`, `100m` or `2`
 * (k8s.io/apimachinery pkg/api/resource) as a number. Values beyond 2^53 lose
 * precision.
 *
 * @throws HwError InvalidArgument if the text is not a quantity
 */
export function parseQuantity(text: string, field = 'quantity'): number {
  const match =
    text.length <= 64
      ? /^([+-]?(?:\d+(?:\.\d*)?|\.\d+))(?:([numkMGTPE]|[KMGTPE]i)?|[eE]([+-]?\d{1,2}))$/.exec(text)
      : null;
  if (match === null) {
    throw new HwError('InvalidArgument', `${field}: ${JSON.stringify(text.slice(0, 64))} is not a quantity`, {
      field,
      remedy: 'write it like 64Mi, 100m or 2',
    });
  }
  const [, number, suffix, exponent] = match;
  return Number(number) * (exponent === undefined ? (suffixes[suffix ?? ''] ?? 1) : 10 ** Number(exponent));
}
