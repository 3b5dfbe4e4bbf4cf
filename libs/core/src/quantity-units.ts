/** How a quantity is written: `12M`, `12Mi` or `12e6`. */
export type QuantityFormat = 'decimal' | 'binary' | 'exponent';

/** By powers of a thousand from a billionth up, and by powers of 1024 from 1024 up. */
export const suffixes: Readonly<Record<'decimal' | 'binary', readonly string[]>> = {
  decimal: ['n', 'u', 'm', '', 'k', 'M', 'G', 'T', 'P', 'E'],
  binary: ['Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'],
};

/** The factor that a suffix of the grammar stands for, as a power. */
export function unitOf(suffix: string): { readonly base: 2n | 10n; readonly exponent: bigint } {
  const decimal = suffixes.decimal.indexOf(suffix);
  if (decimal >= 0) return { base: 10n, exponent: BigInt(decimal * 3 - 9) };
  const binary = suffixes.binary.indexOf(suffix);
  if (binary >= 0) return { base: 2n, exponent: BigInt(binary * 10 + 10) };
  return { base: 10n, exponent: BigInt(suffix.replace(/^[eE][+]?/, '')) };
}

/** How a quantity with this suffix is written. */
export function formatOf(suffix: string): QuantityFormat {
  if (suffix.endsWith('i')) return 'binary';
  return /^[eE]./.test(suffix) ? 'exponent' : 'decimal';
}
