import fc from 'fast-check';

/** Text that a careless template prints as something else, or as no YAML at all. */
const treacherous = [
  ...['', ' ', '-', 'true', 'no', 'null', '~', '123', '0123', '0x10', '1e3', '1_000', '12:30', '.5'],
  ...['a: b', 'a #b', '# a', '- a', '[a', '{a', '{{ . }}', '"', "'", '%', '@', '`', '!a', '&a', '*a'],
  ...['a\nb', '---\na', 'a\tb', 'é', '\u{1f600}', 'a\u0000b', '/', '../..', '$(A)', '--a=b', 'A_b.C-d'],
];

/** Any text, much of it treacherous, some of it long. */
export const anyText: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(...treacherous),
  fc.string({ maxLength: 20 }),
  fc.string({ unit: 'grapheme', maxLength: 20 }),
  fc.integer({ min: 1, max: 400 }).map((length) => 'long-'.repeat(80).slice(0, length)),
);

/** A DNS label of up to `max` characters, every length as likely as any other. */
export function label(max: number, unit = 'abcdefghijklmnopqrstuvwxyz0123456789-'): fc.Arbitrary<string> {
  return fc
    .integer({ min: 1, max })
    .chain((length) =>
      fc
        .array(fc.constantFrom(...unit), { minLength: length, maxLength: length })
        .map((characters) => characters.join('').replace(/^-|-$/g, 'x')),
    );
}

const ours = ['operator-manager', 'driver-agent', 'retry-handler', 'cxi-device-plugin', 'rackwright'];

/** Names of releases as Helm takes them, some of which hold names of charts or look like numbers. */
export const releaseName: fc.Arbitrary<string> = fc.oneof(
  { weight: 6, arbitrary: label(53) },
  { weight: 2, arbitrary: label(53, 'r') },
  { weight: 1, arbitrary: fc.tuple(label(20), label(20)).map((parts) => parts.join('.')) },
  { weight: 1, arbitrary: fc.constantFrom('123', '1e3', '0x1f', 'true', 'no', ...ours) },
  { weight: 1, arbitrary: fc.subarray(ours, { minLength: 2, maxLength: 2 }).map((parts) => parts.join('-')) },
);

/** Names of objects: right ones of every length, and wrong ones. */
export const objectName: fc.Arbitrary<string> = fc.oneof(
  { weight: 8, arbitrary: label(80) },
  { weight: 2, arbitrary: fc.tuple(label(40), label(40)).map((parts) => parts.join('.')) },
  { weight: 1, arbitrary: anyText },
);
