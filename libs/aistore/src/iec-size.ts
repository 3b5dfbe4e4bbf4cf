/** Powers of 1024, from one on. */
const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'] as const;

const grammar = /^\s*([+-]?(?:\d+\.?\d*|\.\d+))\s*(?:([kmgt])(?:i?b|i)?|b)?$/i;

/** The largest size that AIStore keeps. */
const maxBytes = 2 ** 63;

/** Longest text that is read. */
const maxLength = 64;

/**
 * Reads a size as AIStore does: `10GiB`, `10GB`, `10G` and `10gi` are all the
 * same, for every unit is a power of 1024. Bytes, rounded towards zero;
 * undefined if it is no size.
 */
export function sizeBytes(text: string): bigint | undefined {
  if (text === '') return 0n;
  const match = text.length > maxLength ? null : grammar.exec(text);
  if (match === null) return undefined;
  const [, amount = '', letter = ''] = match;
  const power = letter === '' ? 0 : ' KMGT'.indexOf(letter.toUpperCase());
  // In floating point, as AIStore has it.
  const bytes = Number(amount) * 1024 ** power;
  return Math.abs(bytes) < maxBytes ? BigInt(Math.trunc(bytes)) : undefined;
}

/**
 * Writes a size as AIStore does: a whole number of the largest unit that is not
 * larger. Digits are lost by that: `1536KiB` is written `2MiB`.
 */
export function formatSize(bytes: bigint): string {
  const power = units.findLastIndex((_, i) => i > 0 && bytes >= 1024n ** BigInt(i));
  if (power < 0) return `${bytes}B`;
  // In single precision, as AIStore has it.
  const amount = Math.fround(Math.fround(Number(bytes)) / 1024 ** power);
  return `${roundHalfToEven(amount)}${units[power]}`;
}

/** As C and Go print a number without decimals. */
function roundHalfToEven(amount: number): number {
  const below = Math.floor(amount);
  if (amount - below !== 0.5) return Math.round(amount);
  return below % 2 === 0 ? below : below + 1;
}
