/** `64M`, `1.5g`, `4194304b`; without a letter it is MiB. */
export function bytesOf(text: string): number | undefined {
  const [, digits, unit = 'm'] = /^(\d+(?:\.\d+)?)([bskmgt]?)(?:i?b)?$/i.exec(text) ?? [];
  const factor = { b: 1, s: 512, k: 2 ** 10, m: 2 ** 20, g: 2 ** 30, t: 2 ** 40 }[
    (unit || 'm').toLowerCase()
  ];
  return digits === undefined || factor === undefined ? undefined : Number(digits) * factor;
}
