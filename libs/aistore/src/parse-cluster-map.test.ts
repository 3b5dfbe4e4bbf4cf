import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type ClusterMap, isActive, nodesOfPod } from './cluster-map.ts';
import { type JsonObject, type JsonValue, parseJson, writeJson } from './json.ts';
import { ClusterMapProblem, maxNodes, parseClusterMap } from './parse-cluster-map.ts';
import { sampleMap, sampleNode, smallCluster } from './testing/sample-map.ts';

const numRuns = process.env.RACKWRIGHT_LONG_TESTS === '1' ? 100_000 : 1_000;

test('a node is read with its networks and what its flags mean', () => {
  const nodes = [
    ...smallCluster(0),
    { id: 't1', type: 'target', host: 'ais-target-1', flags: 4 + 16 } as const,
  ];
  const map = parseClusterMap(sampleMap(nodes));
  expect(map.targets.get('t1')).toEqual({
    ...{ id: 't1', type: 'target', digest: 17_295_148_362_391_742_161n },
    flags: { inMaintenance: true, postRebalance: true, decommissioning: false, nonElectable: false },
    publicNet: { host: 'ais-target-1', port: 51_080, url: 'http://ais-target-1:51080' },
    controlNet: { host: 'ais-target-1', port: 51_082, url: 'http://ais-target-1:51082' },
    dataNet: { host: 'ais-target-1', port: 51_083, url: 'http://ais-target-1:51083' },
  });
});

test.each([
  [0, true],
  [1, true],
  [2, true],
  [4, false],
  [8, false],
  [20, false],
])('a node with the flags %i is active: %p', (flags, active) => {
  const [node] = parseClusterMap(sampleMap([{ id: 'p', type: 'proxy', host: 'h', flags }])).proxies.values();
  expect(node && isActive(node)).toBe(active);
});

test('a pod is the node whose control host is its name, short or with its domain', () => {
  const hosts = ['ais-target-1', 'ais-target-1.svc', 'ais-target-10.svc', 'ais-target-12', 'x.ais-target-1'];
  const targets = hosts.map((host, i) => ({ id: `t${i}`, type: 'target' as const, host }));
  const map = parseClusterMap(sampleMap([...smallCluster(0), ...targets]));
  expect(nodesOfPod(map.targets, 'ais-target-1').map(({ id }) => id)).toEqual(['t0', 't1']);
  expect(nodesOfPod(map.targets, 'ais-target-2')).toEqual([]);
  expect(nodesOfPod(map.targets, '')).toEqual([]);
});

test('a cluster of 1,000 targets is read', () => {
  const map = parseClusterMap(sampleMap(smallCluster(1_000)));
  expect(map.targets.size).toBe(1_000);
});

/** What is wrong with the sample after a change. */
function problemOf(change: JsonObject): ClusterMapProblem {
  try {
    parseClusterMap({ ...sampleMap(smallCluster(1)), ...change });
  } catch (error) {
    if (error instanceof ClusterMapProblem) return error;
    throw error;
  }
  throw new Error('the map was read');
}

const target = sampleNode({ id: 't', type: 'target', host: 'h' });

test.each<[string, JsonObject]>([
  ['pmap is not an object', { pmap: [] }],
  ['tmap is not an object', { tmap: undefined }],
  ['version: nothing is not a whole number', { version: undefined }],
  ['version: "-1" is not a whole number', { version: '-1' }],
  ['proxy_si: "gone" is not in pmap', { proxy_si: { daemon_id: 'gone' } }],
  ['proxy_si.daemon_id: nothing is not a text', { proxy_si: {} }],
  ['tmap."t" is not an object', { tmap: { t: null } }],
  ['tmap."u".daemon_id is not its key', { tmap: { u: target } }],
  [
    'tmap."p".daemon_type is "proxy", not target',
    { tmap: { p: sampleNode({ id: 'p', type: 'proxy', host: 'h' }) } },
  ],
  ['tmap."t".flags: "1.5" is not a whole number', { tmap: { t: { ...target, flags: 1.5 } } }],
  ['tmap."t".id_digest: an object is not a whole number', { tmap: { t: { ...target, id_digest: {} } } }],
  ['tmap."t".public_net is not an object', { tmap: { t: { ...target, public_net: undefined } } }],
  [
    `tmap has ${maxNodes + 1} nodes, more than ${maxNodes}`,
    { tmap: Object.fromEntries(Array.from({ length: maxNodes + 1 }, (_, i) => [`t${i}`, null])) },
  ],
])('a map is refused as a whole: %s', (message, change) => {
  expect(problemOf(change)).toMatchObject({ message, isStarting: false });
});

test('a port beyond 65535 is none', () => {
  const net = { node_ip_addr: 'h', daemon_port: '70000', direct_url: 'u' };
  expect(problemOf({ tmap: { t: { ...target, public_net: net } } }).message).toMatch(/70000 is no port$/);
});

test('a cluster without a uuid or a primary is starting', () => {
  for (const change of [{ uuid: '' }, { uuid: undefined }, { proxy_si: null }])
    expect(problemOf(change).isStarting).toBe(true);
});

test('maps that Go writes as null are empty', () => {
  expect(parseClusterMap({ ...sampleMap(smallCluster(0)), tmap: null }).targets.size).toBe(0);
});

/** The places of a value, as paths from its root. */
function placesOf(value: JsonValue | undefined, at: readonly string[] = []): string[][] {
  if (typeof value !== 'object' || value === null) return [[...at]];
  const inner = Object.entries(value).flatMap(([key, item]) => placesOf(item as JsonValue, [...at, key]));
  return [[...at], ...inner];
}

function replaced(value: JsonValue, [key, ...rest]: readonly string[], by: JsonValue | undefined): JsonValue {
  if (key === undefined) return by ?? null;
  const object = value as Record<string, JsonValue>;
  return { ...object, [key]: rest.length === 0 ? by : replaced(object[key] ?? null, rest, by) };
}

const sample = sampleMap(smallCluster(3));
const places = placesOf(sample);
const junk = fc.oneof(
  fc.constantFrom<JsonValue | undefined>(
    undefined,
    null,
    '',
    -1,
    1.5,
    2n ** 64n,
    '99999999999999999999',
    [],
    {},
  ),
  fc.constantFrom<JsonValue>({ toString: 1, valueOf: 1 }, { __proto__: null }, 'x'.repeat(3_000), true),
  fc.jsonValue() as fc.Arbitrary<JsonValue>,
);

function wholeOrProblem(read: () => ClusterMap): void {
  try {
    const map = read();
    expect(map.proxies.has(map.primary)).toBe(true);
    expect([...map.targets].every(([id, node]) => id === node.id && node.type === 'target')).toBe(true);
  } catch (error) {
    expect(error).toBeInstanceOf(ClusterMapProblem);
  }
}

test(`${numRuns} maps with nonsense somewhere are read whole or refused with the field`, () => {
  fc.assert(
    fc.property(fc.constantFrom(...places), junk, (place, nonsense) =>
      wholeOrProblem(() => parseClusterMap(replaced(sample, place, nonsense))),
    ),
    { numRuns },
  );
});

test('a map that is cut off anywhere is not read at all', () => {
  const text = writeJson(sample);
  fc.assert(
    fc.property(fc.nat(text.length - 1), (length) => {
      expect(() => parseJson(text.slice(0, length))).toThrow(SyntaxError);
    }),
  );
});

test('any JSON is read and written again to the last digit', () => {
  const { value } = fc.letrec<{ value: JsonValue }>((tie) => ({
    value: fc.oneof(
      { depthSize: 'small' },
      fc.jsonValue() as fc.Arbitrary<JsonValue>,
      fc.bigInt({ min: -(2n ** 64n), max: 2n ** 64n }),
      fc.array(tie('value'), { maxLength: 4 }),
      fc.dictionary(fc.string(), tie('value'), { maxKeys: 4 }),
    ),
  }));
  fc.assert(
    fc.property(value, (json) => {
      const text = writeJson(json);
      expect(writeJson(parseJson(text))).toBe(text);
    }),
  );
  expect(parseJson('[18446744073709551615,-9007199254740993,1e400,0.1]')).toEqual([
    ...[18_446_744_073_709_551_615n, -9_007_199_254_740_993n, Number.POSITIVE_INFINITY, 0.1],
  ]);
});
