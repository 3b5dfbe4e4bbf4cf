import { readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { agentOptions } from './common-options.ts';
import { formatHelp, formatOptionsMarkdown } from './help.ts';
import { defineOptions } from './option-spec.ts';

const options = defineOptions({
  ...agentOptions,
  mode: {
    flag: 'mode',
    env: ['MODE', 'OLD_MODE'],
    type: 'string',
    default: 'shared',
    choices: ['shared', 'exclusive'],
    description: 'Shares a NIC among pods | or not.',
  },
  poll: {
    flag: 'poll-interval',
    type: 'duration',
    default: 90_000,
    description: 'Time between two looks at the host, long enough to need a second line in the help text.',
  },
  mask: { flag: 'mask', type: 'integer', default: '0xff0', description: 'Bits.' },
  names: { flag: 'names', type: 'list', default: '', description: 'Names.' },
  strict: { flag: 'strict', type: 'boolean', default: false, description: 'Refuses doubtful values.' },
  target: { flag: 'target', type: 'string', required: true, description: 'Where to.' },
  old: { flag: 'old', type: 'string', hidden: true, description: 'Not shown.' },
});

/** UPDATE_GOLDEN=1 writes the file anew. */
function expectGolden(file: string, text: string): void {
  const url = new URL(`./testdata/${file}`, import.meta.url);
  if (process.env.UPDATE_GOLDEN === '1') writeFileSync(url, text);
  expect(text).toBe(readFileSync(url, 'utf8'));
}

test('--help shows every option with type, default and environment twin', () => {
  expectGolden('help.txt', formatHelp({ name: 'some-agent', description: 'Does one thing.', options }));
});

test('the same options become a Markdown table', () => {
  expectGolden('options.md', formatOptionsMarkdown(options));
});
