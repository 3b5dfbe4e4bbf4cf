import { readFile } from 'node:fs/promises';
import { expect, test } from '@jest/globals';
import { parseAllDocuments } from 'yaml';
import { configFiles } from './index.ts';
import { defaultValues } from './values.ts';

const { version } = JSON.parse(await readFile(new URL('../../package.json', import.meta.url), 'utf8')) as {
  version: string;
};
const files = configFiles(defaultValues(version));

test.each(Object.keys(files))('the checked-in config/%s is what is generated', async (path) => {
  const text = await readFile(new URL(`../../../../config/${path}`, import.meta.url), 'utf8');
  const documents = parseAllDocuments(text).map((document) => document.toJSON());
  expect(documents).toEqual(JSON.parse(JSON.stringify(files[path])));
});

test('the operator can bind the role of the driver agents and no other', () => {
  const [cluster] = (files['rbac/role.yaml'] ?? []) as {
    rules: { resources: string[]; verbs: string[]; resourceNames?: string[] }[];
  }[];
  const binding = cluster?.rules.filter(({ verbs }) => verbs.includes('bind') || verbs.includes('escalate'));
  expect(binding).toEqual([
    expect.objectContaining({
      resources: ['clusterroles'],
      verbs: ['bind'],
      resourceNames: ['slingshot-operator-driver-agent'],
    }),
  ]);
});

test('no role asks for everything', () => {
  const text = JSON.stringify(files);
  expect(text).not.toContain('"*"');
  expect(text).not.toContain('"secrets"');
});
