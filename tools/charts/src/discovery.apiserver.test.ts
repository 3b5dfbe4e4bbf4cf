import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { stringify } from 'yaml';
import { objectOf, objectsOf, refusalOf } from './render-fixture.ts';

const found = { 'phison.com/cxi.present': 'true' };

async function nodeSelectorOf(driver: object): Promise<unknown> {
  const { spec } = await objectOf({ chart: 'rackwright', values: { cxi: { driver } } }, 'CXIDriver');
  return spec?.nodeSelector;
}

describe('the CXI agents', () => {
  test('run on every node unless told otherwise', async () => {
    expect(await nodeSelectorOf({})).toBeUndefined();
    expect(await nodeSelectorOf({ onlyWhereFound: false })).toBeUndefined();
  });

  test('run only where node-discovery found a NIC if that is asked for', async () => {
    expect(await nodeSelectorOf({ onlyWhereFound: true })).toEqual(found);
  });

  test('also keep to the nodes the user picked', async () => {
    const spec = { version: '13.0.0', nodeSelector: { pool: 'hpc' } };
    expect(await nodeSelectorOf({ onlyWhereFound: true, spec })).toEqual({ pool: 'hpc', ...found });
  });
});

const golden = new URL('testdata/node-discovery.yaml', import.meta.url);

describe('node-discovery', () => {
  test('makes what it always made (UPDATE_GOLDEN=1 writes it)', async () => {
    const values = { mode: 'Auto', networkPolicy: { enabled: true } };
    const texts: string[] = [];
    for (const [title, release] of Object.entries({ 'by default': {}, 'with mode Auto': { values } })) {
      const objects = await objectsOf({ chart: 'node-discovery', ...release });
      texts.push(`# ${title}\n`, ...objects.map((object) => `---\n${stringify(object, { lineWidth: 0 })}`));
    }
    const text = texts.join('');
    if (process.env.UPDATE_GOLDEN === '1') writeFileSync(golden, text);
    expect(text).toBe(readFileSync(golden, 'utf8'));
  });

  test('is not installed unless it is enabled, and then as its own chart says', async () => {
    const kinds = async (values: Record<string, unknown>) =>
      (await objectsOf({ chart: 'rackwright', values }))
        .filter(({ metadata }) => metadata.name.startsWith('release-node-discovery'))
        .map(({ kind }) => kind);
    expect(await kinds({})).toEqual([]);
    const alone = (await objectsOf({ chart: 'node-discovery' })).map(({ kind }) => kind);
    expect((await kinds({ 'node-discovery': { enabled: true } })).sort()).toEqual(alone.sort());
  });

  test('has no right to write beyond its own node and events, and is neither root nor privileged', async () => {
    const objects = await objectsOf({ chart: 'node-discovery', values: { cleanup: { enabled: false } } });
    const roles = objects.filter(({ kind }) => kind.endsWith('Role'));
    expect(roles.map(({ rules }) => rules)).toEqual([
      [
        { apiGroups: [''], resources: ['nodes'], verbs: ['get', 'patch'] },
        { apiGroups: ['events.k8s.io'], resources: ['events'], verbs: ['create', 'patch'] },
        { apiGroups: ['operators.phison.com'], resources: ['aidaptivcachenodes'], verbs: ['get'] },
      ],
    ]);
    const text = JSON.stringify(objects.find(({ kind }) => kind === 'DaemonSet'));
    expect(text).not.toContain('pmem-resource');
    expect(text).toContain('"runAsNonRoot":true');
    expect(text).not.toMatch(/"privileged":true|hostPID|hostNetwork|"runAsUser":0/);
  });

  test('writes the status of nodes only to tell persistent memory as a resource', async () => {
    const objects = await objectsOf({ chart: 'node-discovery', values: { pmem: { resource: true } } });
    const may = objects.filter(({ rules }) => JSON.stringify(rules ?? '').includes('nodes/status'));
    expect(may.map(({ metadata }) => metadata.name).sort()).toEqual([
      'release-node-discovery-prune',
      'release-node-discovery-resources',
    ]);
    expect(JSON.stringify(objects.find(({ kind }) => kind === 'DaemonSet'))).toContain('--pmem-resource');
  });

  test.each([
    [{ interval: '100ms' }, /interval/],
    [{ pci: { vendors: ['phison'] } }, /pci\/vendors/],
    [{ ai100: { match: 'Vendor' } }, /ai100\/match/],
    [{ ai100: { firmware: ['EIFZ00.12'] } }, /ai100\/firmware/],
    [{ ai100: { denySerials: ['a,b'] } }, /ai100\/denySerials/],
    [{ ai100: { modelPattern: 'a'.repeat(257) } }, /ai100\/modelPattern/],
  ])('refuses %j by the name of the value', async (values, expected) => {
    expect(await refusalOf({ chart: 'node-discovery', values })).toMatch(expected);
  });
});
