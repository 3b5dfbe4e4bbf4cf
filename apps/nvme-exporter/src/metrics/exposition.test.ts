import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { formatFamily, toOpenMetrics } from './exposition.ts';

/** Reads the labels of one line back by the rules of the format (prometheus.io exposition formats). */
function labelsOf(line: string): Record<string, string> {
  const labels: Record<string, string> = {};
  let at = line.indexOf('{') + 1;
  while (at > 0 && line[at] !== '}') {
    const name = /^[a-z_]+(?==")/.exec(line.slice(at))?.[0] ?? '';
    at += name.length + 2;
    let value = '';
    for (; line[at] !== '"'; at++)
      value += line[at] === '\\' ? ({ n: '\n', '\\': '\\', '"': '"' }[line[++at] ?? ''] ?? '?') : line[at];
    labels[name] = value;
    at += line[at + 1] === ',' ? 2 : 1;
  }
  return labels;
}

const described = { name: 'x_total', type: 'counter', help: 'one "line"\nno more \\' } as const;

test('whatever a label says, a reader gets it back, and the line stays one line', () => {
  const text = fc.string({
    unit: fc.oneof(fc.constantFrom('\\', '"', '\n', '{', '}', ',', '='), fc.string()),
  });
  fc.assert(
    fc.property(text, text, (device, serial) => {
      const lines = formatFamily(described, [[{ device, serial }, 1]]).split('\n');
      expect(lines.length).toBe(4);
      expect(labelsOf(lines[2] ?? '')).toEqual({
        device: device.toWellFormed(),
        serial: serial.toWellFormed(),
      });
    }),
  );
});

test('values that are no numbers are left out, and a metric without values with them', () => {
  expect(
    formatFamily(described, [
      [{}, Number.NaN],
      [{}, Infinity],
    ]),
  ).toBe('');
  expect(formatFamily(described, [[{}, 2n ** 70n]])).toContain('\nx_total 1180591620717411303424\n');
});

test('in OpenMetrics a counter is described without its ending, a gauge as it is', () => {
  const gauge = formatFamily({ name: 'y', type: 'gauge', help: 'a' }, [[{}, 1]]);
  expect(toOpenMetrics(formatFamily(described, [[{}, 1]]) + gauge)).toBe(
    '# HELP x one \\"line\\"\\nno more \\\\\n# TYPE x counter\nx_total 1\n# HELP y a\n# TYPE y gauge\ny 1\n# EOF\n',
  );
});
