import { expect, test } from '@jest/globals';
import { apps, cxi } from '@rackwright/registry';
import { manifestViolations } from './objects.ts';
import { objectsOf, parseObjects, type Release, refusalOf, renderings } from './render-fixture.ts';

const agents = apps.filter(({ kind }) => kind === 'node agent').map(({ name }) => name);
const enabled = Object.fromEntries(
  agents.map((name) => [name, { enabled: true, networkPolicy: { enabled: true } }]),
);
const everything = {
  ...enabled,
  'operator-manager': { networkPolicy: { enabled: true }, nodeFeatureRule: { enabled: true } },
};
const lengths = Array.from({ length: 53 }, (_, i) => i + 1);
const releaseOf = (length: number): string => `${'a-fine.release-'.repeat(4).slice(0, length - 1)}z`;

async function namesOf(release: Release): Promise<string[]> {
  return (await objectsOf(release)).map(({ kind, metadata }) => `${kind} ${metadata.name}`);
}

test('a release name of any length gives each object a name of its own, of at most 63 characters', async () => {
  const releases = lengths.map((length) => ({
    chart: 'rackwright',
    release: releaseOf(length),
    values: everything,
  }));
  const violations = (await renderings(releases)).flatMap(({ manifest = '', error }) =>
    error === undefined ? manifestViolations(manifest) : [error],
  );
  expect(violations).toEqual([]);
}, 120_000);

/** How names were made before: the suffix added, then cut. */
function formerName(release: string, chart: string, suffix = ''): string {
  const cut = (text: string): string => text.slice(0, 63).replace(/-$/, '');
  const fullname = cut(release.includes(chart) ? release : `${release}-${chart}`);
  return suffix === '' ? fullname : cut(`${fullname}-${suffix}`);
}

test('an upgrade renames nothing of a release that could be installed before', async () => {
  const plain = (length: number): string => `${'release-'.repeat(7).slice(0, length - 1)}x`;
  // From 45 characters on, the roles of the operator had one name, and Helm refused the release.
  const operators = lengths.filter((length) => length < 45);
  const releases = [
    ...operators.map((length) => ({ chart: 'operator-manager', release: plain(length) })),
    // Charts of other families came later, and never cut a name.
    ...lengths.flatMap((length) => cxi.apps.map(({ name: chart }) => ({ chart, release: plain(length) }))),
  ];
  const answers = await renderings(releases);
  for (const [i, { chart, release }] of releases.entries()) {
    const names = new Set(parseObjects(answers[i]?.manifest ?? '').map(({ metadata }) => metadata.name));
    const suffixes = ['', 'driver-agent', 'editor', 'viewer', 'node-writes', 'metrics', 'verify'];
    const former =
      chart === 'operator-manager'
        ? suffixes.map((suffix) => formerName(release, chart, suffix))
        : [formerName(release, chart)];
    expect(former.filter((name) => !names.has(name))).toEqual([]);
  }
}, 120_000);

test('two long overrides that begin alike give two names, each the same every time', async () => {
  for (const key of ['nameOverride', 'fullnameOverride']) {
    const release = (last: string): Release => ({
      chart: 'driver-agent',
      values: { [key]: `${'a'.repeat(70)}${last}` },
    });
    const [one, two, again] = await Promise.all(['1', '2', '1'].map((last) => namesOf(release(last))));
    expect(one).toEqual(again);
    expect(one?.filter((name) => two?.includes(name))).toEqual([]);
  }
});

test.each([
  ['nameOverride', 'My App'],
  ['nameOverride', '-'],
  ['fullnameOverride', 'Upper'],
  ['fullnameOverride', 'under_score'],
  ['fullnameOverride', '.'],
  ['fullnameOverride', ' '],
])('%s %j is refused with the value and its name', async (key, value) => {
  const refusal = await refusalOf({ chart: 'retry-handler', values: { [key]: value } });
  expect(refusal).toContain(`${key}: ${JSON.stringify(value)} cannot be`);
});

test('a name override that is for a label only may be what a label may be', async () => {
  const values = { nameOverride: 'My_App', fullnameOverride: 'mine' };
  const [object] = await objectsOf({ chart: 'retry-handler', values });
  expect(object?.metadata).toMatchObject({ name: 'mine', labels: { 'app.kubernetes.io/name': 'My_App' } });
});

test('names and namespaces that look like numbers stay text', async () => {
  for (const chart of ['rackwright', ...agents]) {
    const objects = await objectsOf({ chart, release: '123', namespace: '1e3', values: {} });
    for (const { kind, metadata } of objects) {
      expect([kind, typeof metadata.name, typeof (metadata.namespace ?? '')]).toEqual([
        kind,
        'string',
        'string',
      ]);
      expect(metadata.labels?.['app.kubernetes.io/instance'] ?? '123').toBe('123');
    }
  }
});

test('a Service gets a name without dots and leading digits, whatever the release', async () => {
  const service = (await namesOf({ chart: 'operator-manager', release: '1.a' })).filter((name) =>
    name.startsWith('Service '),
  );
  expect(service).toEqual([expect.stringMatching(/^Service n-1-a-operator-manager-metrics-[0-9a-f]{8}$/)]);
});

test('two charts that would make one object are named, with the value that parts them', async () => {
  const release = 'driver-agent-operator-manager';
  expect(await refusalOf({ chart: 'rackwright', release, values: enabled })).toContain(
    `driver-agent and operator-manager would both make the ServiceAccount ${release}: set operator-manager.fullnameOverride`,
  );
  const values = { ...enabled, 'operator-manager': { fullnameOverride: 'operator' } };
  expect(await namesOf({ chart: 'rackwright', release, values })).toContain('ServiceAccount operator');
});
