import { expect, test } from '@jest/globals';
import { parseGoFlags } from './go-flags.ts';

const kinds = { role: 'string', ntargets: 'number', standby: 'boolean' } as const;

test.each([
  [['-role=proxy', '-ntargets', '3'], { role: 'proxy', ntargets: 3 }],
  [['--role', 'proxy', '-standby'], { role: 'proxy', standby: true }],
  [['-standby=false', '--', '-role=x'], { standby: false }],
  [['-role=a=b'], { role: 'a=b' }],
])('%j is read as Go does', (argv, values) => {
  expect(parseGoFlags(kinds, argv)).toEqual(values);
});

test.each([
  [['-other'], 'flag provided but not defined: -other'],
  [['-role'], 'flag needs an argument: -role'],
  [['-ntargets=x'], 'invalid value "x" for flag -ntargets'],
  [['-standby=maybe'], 'invalid value "maybe" for flag -standby'],
])('%j is refused', (argv, refused) => {
  expect(parseGoFlags(kinds, argv)).toEqual({ refused });
});
