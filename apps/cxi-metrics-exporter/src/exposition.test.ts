import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Exposition, formatLabels } from './exposition.ts';

/** Reads one line back by the rules of the format (prometheus.io exposition formats). */
function parseLine(line: string): { labels: Record<string, string>; value: string } {
  const labels: Record<string, string> = {};
  const open = line.indexOf('{');
  let at = open + 1;
  while (open >= 0 && line[at] !== '}') {
    const name = /^[a-z_]+(?==")/.exec(line.slice(at))?.[0] ?? '';
    at += name.length + 2;
    let value = '';
    for (; line[at] !== '"'; at++) {
      if (line[at] !== '\\') value += line[at];
      else value += { n: '\n', '\\': '\\', '"': '"' }[line[++at] ?? ''] ?? '?';
    }
    labels[name] = value;
    at += line[at + 1] === ',' ? 2 : 1;
  }
  return { labels, value: line.slice(line.lastIndexOf(' ') + 1) };
}

test('whatever a label says, a reader gets it back and the line stays one line', () => {
  const text = fc.string({
    unit: fc.oneof(fc.constantFrom('\\', '"', '\n', '{', '}', ',', '=', ' '), fc.string()),
  });
  fc.assert(
    fc.property(text, text, (device, serial) => {
      const exposition = new Exposition();
      exposition.sample('x', formatLabels(['device', 'serial'], { device, serial }), 1);
      const lines = exposition.text().split('\n');
      expect(lines.length).toBe(2);
      expect(parseLine(lines[0] ?? '')).toEqual({ labels: { device, serial }, value: '1' });
    }),
  );
});

test('numbers are written as Prometheus reads them', () => {
  const exposition = new Exposition();
  for (const value of [0, -1, 1.5e300, 4e11, Number.NaN, Infinity, -Infinity, '18446744073709551615']) {
    exposition.sample('x', '', value);
  }
  expect(exposition.text()).toBe(
    'x 0\nx -1\nx 1.5e+300\nx 400000000000\nx NaN\nx +Inf\nx -Inf\nx 18446744073709551615\n',
  );
});

test('help stays on its line', () => {
  const exposition = new Exposition();
  exposition.family('x', 'gauge', 'one\ntwo \\ three');
  expect(exposition.text()).toBe('# HELP x one\\ntwo \\\\ three\n# TYPE x gauge\n');
});
