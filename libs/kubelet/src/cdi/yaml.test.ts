import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parse } from 'yaml';
import { toYaml, type YamlValue } from './yaml.ts';

const text = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom(
    'yes',
    'No',
    'null',
    '~',
    '1e3',
    '0x10',
    '-',
    '- a',
    'a: b',
    '#',
    ' a',
    'a ',
    '',
    'y',
    '<<',
    '=',
    '1.0.0',
    '12:30',
  ),
);
const leaf = fc.oneof(text, fc.integer(), fc.boolean());
const { value } = fc.letrec<{ value: YamlValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    leaf,
    fc.array(tie('value'), { minLength: 1, maxLength: 4 }),
    fc.dictionary(
      text.filter((key) => key !== '__proto__'),
      tie('value'),
      { minKeys: 1, maxKeys: 4 },
    ),
  ),
}));

test.each(['1.1', '1.2'] as const)('a YAML %s reader gets back what was written', (version) => {
  fc.assert(
    fc.property(value, (written) => {
      expect(parse(toYaml(written), { version, merge: false, uniqueKeys: false })).toEqual(written);
    }),
    { numRuns: 500 },
  );
});

test('common values stay readable, ambiguous ones are quoted', () => {
  const spec = {
    kind: 'hpe.com/cxi',
    version: '0.5.0',
    list: [{ name: 'cxi0', options: ['ro', 'no'] }, { name: '0' }],
    absent: undefined,
    empty: [],
    nothing: { inside: undefined },
  };
  expect(toYaml(spec)).toBe(
    [
      'kind: hpe.com/cxi',
      'version: "0.5.0"',
      'list:',
      '  - name: cxi0',
      '    options:',
      '      - ro',
      '      - "no"',
      '  - name: "0"',
      '',
    ].join('\n'),
  );
});
