import { readFile } from 'node:fs/promises';
import { expect, test } from '@jest/globals';
import type { Deployment } from '@rackwright/kube';
import { parseAllDocuments } from 'yaml';
import { configFiles } from './index.ts';
import { type AppVersions, defaultValues, installedApps } from './values.ts';

async function versionOf(app: string): Promise<string> {
  const text = await readFile(new URL(`../../../${app}/package.json`, import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}
const versions = await Promise.all(installedApps.map(async (app) => [app, await versionOf(app)] as const));
const files = configFiles(defaultValues(Object.fromEntries(versions) as AppVersions));

test.each(Object.keys(files))('the checked-in config/%s is what is generated', async (path) => {
  const text = await readFile(new URL(`../../../../config/${path}`, import.meta.url), 'utf8');
  const documents = parseAllDocuments(text).map((document) => document.toJSON());
  expect(documents).toEqual(JSON.parse(JSON.stringify(files[path])));
});

test('every agent is installed in its own version', () => {
  const each = Object.fromEntries(installedApps.map((app, i) => [app, `9.0.${i}`])) as AppVersions;
  const [manager] = configFiles(defaultValues(each))['manager/manager.yaml'] as Deployment[];
  const container = manager?.spec?.template?.spec?.containers[0];
  expect(container?.image).toBe('ghcr.io/rackwright/operator-manager:9.0.0');
  expect(container?.args?.filter((flag) => flag.includes('image'))).toEqual([
    '--driver-agent-image=ghcr.io/rackwright/driver-agent:9.0.1',
    '--device-plugin-image=ghcr.io/rackwright/cxi-device-plugin:9.0.2',
    '--retry-handler-image=ghcr.io/rackwright/retry-handler:9.0.3',
    '--metrics-exporter-image=ghcr.io/rackwright/cxi-metrics-exporter:9.0.4',
  ]);
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
  // A policy may look at every version of a kind.
  const text = JSON.stringify(files, (key, value) => (key === 'apiVersions' ? undefined : value));
  expect(text).not.toContain('"*"');
  expect(text).not.toContain('"secrets"');
});
