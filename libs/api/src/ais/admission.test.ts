import { describe, expect, test } from '@jest/globals';
import { KubeError, type KubeObject, resources } from '@rackwright/kube';
import {
  type Access,
  type Admission,
  type AdmissionSubject,
  isAbout,
  type Operation,
} from '../admission/admission.ts';
import { evaluate } from '../admission/evaluate.ts';
import { aistoreAdmission, aistoreAuthAdmission, aistoreAuthProfileAdmission } from './admission.ts';
import { smallSpec, withFields, withProxies, withTargets } from './aistore-cases.test-data.ts';
import { aistoreProblems } from './problems.ts';
import type { AIStore } from './types.ts';

type Spec = Record<string, unknown>;

interface Asked {
  readonly spec: Spec;
  readonly before?: Spec;
  readonly name?: string;
  readonly namespace?: string;
  /** What the cluster has, by kind, namespace and name. */
  readonly found?: Readonly<Record<string, object>>;
  /** What the requester may do. */
  readonly may?: (access: Access) => boolean;
  /** Kinds that nobody lets us read. */
  readonly closed?: readonly string[];
}

interface Told {
  readonly denials: readonly string[];
  readonly warnings: readonly string[];
}

function object(spec: Spec, { name = 'a', namespace = 'ns' }: Asked): KubeObject {
  return { metadata: { name, namespace }, spec } as KubeObject;
}

/** Messages of all that refuses or warns. */
async function ask(admission: Admission, asked: Asked): Promise<Told> {
  const operation: Operation = asked.before === undefined ? 'CREATE' : 'UPDATE';
  const subject: AdmissionSubject = {
    ...{ operation, name: 'a', object: object(asked.spec, asked) },
    before: asked.before === undefined ? undefined : object(asked.before, asked),
    requester: { username: 'eve' },
  };
  const { rules, warnings, checks, lookups = [] } = admission.validation;
  const broken = (of: typeof rules) =>
    of
      .filter((rule) => isAbout(rule, operation) && !evaluate(rule.holds, subject))
      .map(({ message }) => message);
  const { found = {}, may = () => true, closed = [] } = asked;
  const cluster = {
    some: async (type: { kind: string }, is: (one: never) => boolean) =>
      Object.entries(found).some(([key, one]) => key.startsWith(`${type.kind} `) && is(one as never)),
    get: async ({ kind }: { kind: string }, { namespace = '', name = '' }) => {
      if (closed.includes(kind))
        throw new KubeError('Forbidden', 'no', {
          ...{ status: 403, reason: 'Forbidden', cause: undefined },
        });
      return found[`${kind} ${namespace}/${name}`] as never;
    },
    mayAccess: async (_: unknown, access: Access) => may(access),
  };
  const looked = await Promise.all(
    [...checks, ...lookups].map(async ({ action, failure }) => ({
      action,
      message: await failure(subject, cluster as never),
    })),
  );
  const of = (action: string) =>
    looked.flatMap(({ message, ...one }) =>
      one.action === action && message !== undefined ? [message] : [],
    );
  return { denials: [...broken(rules), ...of('deny')], warnings: [...broken(warnings), ...of('warn')] };
}

const askAistore = (asked: Asked) =>
  ask(aistoreAdmission, { found: { 'Node /a': { metadata: { name: 'a' } } }, ...asked });

const pvc = (storageClass: string): Spec => withFields({ stateStorage: { pvc: { storageClass } } });
const { stateStorage: _, ...withoutState } = smallSpec;
const { size: __, ...withoutSize } = smallSpec;
const http = (fields: Spec): Spec => ({ configToUpdate: { net: { http: fields } } });
const mounts = (...paths: string[]): Spec => withTargets({ mounts: paths.map((path) => ({ path })) });

/** By the number of the rule in shared/specs/ais.md §4, or of the weakness in §8. */
const refused: readonly [number: string, spec: Spec, says: string][] = [
  ['2: no size', withoutSize, 'cluster size is not specified'],
  [
    '2: no size of proxies',
    { ...withoutSize, targetSpec: { ...smallSpec.targetSpec, size: 1 } },
    'not specified',
  ],
  ['2: a size of 0', withFields({ size: 0 }), 'invalid cluster size 0'],
  ['2: proxies of size 0', withProxies({ size: 0 }), 'invalid proxy daemon size 0'],
  ['2: targets of size 0', withTargets({ size: 0 }), 'invalid target daemon size 0'],
  ['3: no state', withoutState, 'does not define stateStorage'],
  [
    '4: state that a shutdown loses',
    withFields({ stateStorage: { emptyDir: {} }, shutdownCluster: true }),
    'spec.shutdownCluster must not be true',
  ],
  ['5: as many as nodes, and no nodes', withTargets({ size: -1 }), 'missing nodeSelector for target'],
  ['6: port 0', withProxies({ servicePort: 0 }), 'spec.proxySpec.servicePort: Invalid value'],
  [
    '6: port 65536 as text',
    withTargets({ portPublic: '65536' }),
    'spec.targetSpec.portPublic: Invalid value',
  ],
  [
    '8: two certificates',
    { ...withFields({ tls: { secretName: 's' } }), ...http({ server_key: '/k' }) },
    'spec.configToUpdate.net.http.server_key must be left out with spec.tls',
  ],
  ['weakness 16: one port twice', withProxies({ portIntraData: 51_082 }), 'must differ from each other'],
  ['weakness 16: a port of the Service twice', withProxies({ servicePort: 51_083 }), 'must differ'],
  [
    'weakness 16: a port of nodes that leads nowhere',
    withTargets({ hostNetwork: true, hostPort: 1 }),
    'spec.targetSpec.hostPort must be spec.targetSpec.portPublic',
  ],
  ['weakness 16: a relative path', mounts('ais'), 'each path must be absolute'],
  ['weakness 16: a way out', mounts('/ais/../etc'), 'each path must be absolute'],
  ['weakness 16: a slash at the end', mounts('/ais/'), 'each path must be absolute'],
  ['weakness 16: a path of the pods', mounts('/etc/ais'), 'no path may be one that the pods use'],
  ['weakness 16: a path twice', mounts('/ais', '/ais'), 'no two mounts may have the same path'],
  ['weakness 16: a name of a claim twice', mounts('/a/b', '/a-b'), 'differ in dashes and slashes only'],
  [
    'weakness 16: a name of a claim in capitals',
    mounts('/AIS'),
    'paths of claimed volumes must be lower case',
  ],
  ['weakness 16: a name of a claim that is too long', mounts(`/${'x'.repeat(62)}`), 'at most 63 characters'],
];

/** What no condition can say, so that it is neither mended in place nor known past admission. */
const isComputed = (rule: string): boolean => rule.includes('a name of a claim twice');

describe('an AIStore', () => {
  test('of nothing but what it must have is accepted', async () => {
    expect(await askAistore({ spec: smallSpec })).toEqual({ denials: [], warnings: [] });
  });

  test.each(refused)('is refused for rule %s', async (_, spec, says) => {
    const { denials } = await askAistore({ spec });
    expect(denials.length).toBeGreaterThan(0);
    expect(denials.join('\n')).toContain(says);
  });

  test.each<[string, string, string]>([
    ['weakness 16: a name whose pods have labels too long', 'x'.repeat(46), 'ns'],
    ['weakness 16: a name that no Service can have', '1ais', 'ns'],
    ['weakness 16: a name with a dot', 'ais.1', 'ns'],
  ])('is refused for %s', async (_, name, namespace) => {
    const { denials } = await askAistore({ spec: smallSpec, name, namespace });
    expect(denials.join()).toContain('metadata.name must be 1 to 45');
  });

  test('weakness 16: is refused a claim of its state whose name is too long', async () => {
    const asked = { spec: pvc('fast'), namespace: 'n'.repeat(50), found: { 'StorageClass /fast': {} } };
    expect((await askAistore(asked)).denials).toEqual([]);
    const { denials } = await askAistore({ ...asked, name: 'abcdefgh' });
    expect(denials.join()).toContain('at most 56 characters together');
  });

  test.each<[string, Spec]>([
    ['ports as text', withProxies({ servicePort: '51080', portPublic: '51080' })],
    ['a longest name of a claim', mounts(`/${'x'.repeat(61)}`)],
    ['disks of nodes with any name', withTargets({ mounts: [{ path: '/AIS_1', useHostPath: true }] })],
    ['as many targets as nodes', withTargets({ size: -1, nodeSelector: { a: 'b' } })],
    ['a size of 0 that no role has', { ...withFields({ size: 0 }), ...sizesOfRoles(1) }],
    ['the size of a role that does not count', autoscaled({ size: 0 })],
    ['the state of the older operator', { ...withoutState, hostpathPrefix: '/etc/ais' }],
  ])('is accepted with %s', async (_, spec) => {
    expect((await askAistore({ spec })).denials).toEqual([]);
    expect(aistoreProblems(object(spec, { spec }) as AIStore)).toEqual([]);
  });

  test.each(refused.filter(([rule]) => !isComputed(rule)))(
    'that came past admission is known to be wrong by rule %s',
    (_, spec, says) => {
      expect(aistoreProblems(object(spec, { spec }) as AIStore).join('\n')).toContain(says);
    },
  );
});

function sizesOfRoles(size: number): Spec {
  return { proxySpec: { ...smallSpec.proxySpec, size }, targetSpec: { ...smallSpec.targetSpec, size } };
}

function autoscaled(role: Spec): Spec {
  const nodeSelector = { a: 'b' };
  return {
    ...withFields({ size: -1 }),
    proxySpec: { ...smallSpec.proxySpec, nodeSelector, ...role },
    targetSpec: { ...smallSpec.targetSpec, nodeSelector },
  };
}

describe('weakness 25: an AIStore that became invalid', () => {
  test.each(refused)('by rule %s takes a change of something else', async (_, spec) => {
    const change = { ...spec, logsDir: '/var/log/ais' };
    expect((await askAistore({ spec: change, before: spec })).denials).toEqual([]);
  });

  test.each(refused.filter(([rule]) => !isComputed(rule)))('by rule %s can be mended', async (_, before) => {
    expect((await askAistore({ spec: smallSpec, before })).denials).toEqual([]);
  });

  test('as its StorageClass went away takes a change of something else', async () => {
    const change = { ...pvc('gone'), logsDir: '/x' };
    expect((await askAistore({ spec: change, before: pvc('gone') })).denials).toEqual([]);
  });
});

describe('an update', () => {
  test.each<[string, Spec]>([
    ['size', withTargets({ size: 3 })],
    ['annotations', withTargets({ annotations: { a: 'b' } })],
    ['labels', withProxies({ labels: { a: 'b' } })],
    ['environment', withProxies({ env: [{ name: 'a' }] })],
    ['resources', withProxies({ resources: { limits: { cpu: 1 } } })],
    ['security context', withProxies({ securityContext: { fsGroup: 1 } })],
    ['probes', withProxies({ probes: { startup: { periodSeconds: 1 } } })],
    ['tolerations', withTargets({ tolerations: [{ operator: 'Exists' }] })],
    ['budget and way down of targets', withTargets({ pdb: { enabled: true }, scaleDownMode: 'retain' })],
    ['weakness 17: external access', withTargets({ externalAccess: {} })],
    ['weakness 17: external access by its deprecated name', withFields({ enableExternalLB: true })],
    ['weakness 17: https', withFields(http({ use_https: true }))],
    ['switches that are written out', withTargets({ hostNetwork: false, disablePodAntiAffinity: false })],
  ])('may change %s', async (_, spec) => {
    expect((await askAistore({ spec, before: smallSpec })).denials).toEqual([]);
    expect((await askAistore({ spec: smallSpec, before: spec })).denials).toEqual([]);
  });

  test.each<[string, Spec, string]>([
    ['a port', withProxies({ portPublic: 1 }), 'cannot update spec "proxySpec": spec.proxySpec.portPublic'],
    ['disks', mounts('/other'), 'cannot update spec "targetSpec": spec.targetSpec.mounts'],
    ['nodes', withTargets({ nodeSelector: { a: 'b' } }), 'cannot update spec "targetSpec"'],
    ['affinity', withProxies({ affinity: {} }), 'cannot update spec "proxySpec"'],
    ['the port of nodes', withProxies({ hostPort: 5 }), 'cannot update spec "proxySpec"'],
    ['host network', withTargets({ hostNetwork: true }), 'cannot update spec "targetSpec"'],
    ['a state that has no class to one', pvc('fast'), 'cannot update spec "stateStorage"'],
  ])('must not change %s', async (_, spec, says) => {
    const found = { 'StorageClass /fast': {} };
    const { denials } = await askAistore({ spec, before: smallSpec, found });
    expect(denials.join()).toContain(says);
  });

  test('may leave the StorageClass of the state or name it anew, but not change it', async () => {
    const found = { 'StorageClass /fast': {}, 'StorageClass /slow': {} };
    const older = { ...withoutState, stateStorageClass: 'fast' };
    const update = async (before: Spec, spec: Spec) => (await askAistore({ spec, before, found })).denials;
    expect(await update(pvc('fast'), smallSpec)).toEqual([]);
    expect(await update(older, pvc('fast'))).toEqual([]);
    expect((await update(pvc('fast'), pvc('slow'))).join()).toContain('cannot update spec "stateStorage"');
    expect((await update(older, pvc('slow'))).join()).toContain('cannot update spec "stateStorage"');
  });
});

describe('an AIStore is warned', () => {
  test.each<[number: string, spec: Spec, says: string]>([
    ['1', withFields({ auth: { serviceURL: 'a' } }), 'spec.auth.serviceURL is deprecated'],
    ['1', withFields({ auth: { usernamePassword: {} } }), 'spec.auth.usernamePassword is deprecated'],
    ['1', withFields({ auth: { tokenExchange: {} } }), 'spec.auth.tokenExchange is deprecated'],
    ['1', withFields({ auth: { tls: {} } }), 'spec.auth.tls is deprecated'],
    ['1', withFields({ clusterDomain: 'a' }), 'spec.clusterDomain is deprecated'],
    ['1', { ...withoutState, hostpathPrefix: '/a' }, 'spec.hostpathPrefix is deprecated'],
    ['1', { ...withoutState, stateStorageClass: 'a' }, 'spec.stateStorageClass is deprecated'],
    ['1', withFields({ enableExternalLB: true }), 'spec.enableExternalLB is deprecated'],
    ['1', withProxies({ capabilities: {} }), 'spec.proxySpec.capabilities is deprecated'],
    ['1', withTargets({ capabilities: {} }), 'spec.targetSpec.capabilities is deprecated'],
    ['3', withFields({ hostpathPrefix: '/a' }), 'spec.hostpathPrefix has no effect'],
    [
      '3',
      { ...withoutState, hostpathPrefix: '/a', stateStorageClass: 'b' },
      'spec.stateStorageClass, which wins',
    ],
    ['5', autoscaled({ size: 2 }), 'spec.proxySpec.size has no effect'],
    ['7', withFields({ cleanupMetadata: true }), 'on every node of Kubernetes'],
    ['9', withFields({ configToUpdate: { rebalance: { enabled: false } } }), 'takes its objects along'],
    ['10', withFields({ size: 2 }), 'spec.proxySpec.nodeSelector matches 1 nodes, fewer than the 2'],
    ['10', withFields({ size: 2 }), 'spec.targetSpec.nodeSelector matches 1 nodes, fewer than the 2'],
  ])('by rule %s: %#', async (_, spec, says) => {
    const { warnings } = await askAistore({ spec, found: { 'Node /a': {}, 'StorageClass /a': {} } });
    expect(warnings.join('\n')).toContain(says);
    for (const warning of warnings) expect(warning.length).toBeLessThanOrEqual(256);
  });

  test('of nodes for proxies only where targets share them', async () => {
    const spec = { ...withTargets({ disablePodAntiAffinity: true }), size: 2 };
    expect((await askAistore({ spec })).warnings).toHaveLength(1);
  });
});

describe('what an AIStore refers to', () => {
  test('11: a StorageClass must be there', async () => {
    const { denials } = await askAistore({ spec: pvc('fast') });
    expect(denials.join()).toContain("required storage class 'fast' not found");
  });

  test('12: a profile takes the right to use it, before anybody learns whether it is there', async () => {
    const spec = withFields({ auth: { profileRef: { name: 'p' } } });
    const told = async (found: object, may: boolean) =>
      (
        await askAistore({ spec, found: found as never, may: ({ verb }) => may && verb === 'use' })
      ).denials.join();
    const there = { 'AIStoreAuthProfile /p': {} };
    expect(await told(there, true)).toBe('');
    expect(await told({}, true)).toContain('referenced AIStoreAuthProfile does not exist');
    expect(await told(there, false)).toContain('is not authorized to use');
    expect(await told({}, false)).toBe(await told(there, false));
  });

  test('13: a password takes the right to read it, wherever the operator is to send it', async () => {
    const auth = (fields: Spec) => withFields({ auth: { usernamePassword: { secretName: 's' }, ...fields } });
    const asked: Access[] = [];
    const may = (access: Access) => {
      asked.push(access);
      return false;
    };
    const { denials } = await askAistore({ spec: auth({}), may });
    expect(denials.join()).toContain('is not authorized to use Secret ns/s');
    expect(asked).toEqual([{ verb: 'get', group: '', resource: 'secrets', namespace: 'ns', name: 's' }]);
    const moved = { spec: auth({ serviceURL: 'https://elsewhere' }), before: auth({}), may };
    expect((await askAistore(moved)).denials.join()).toContain('is not authorized');
    const other = { spec: { ...auth({}), logsDir: '/a' }, before: auth({}), may };
    expect((await askAistore(other)).denials).toEqual([]);
  });
});

describe('an AIStoreAuth', () => {
  const spec = { tls: {}, adminSecret: { name: 'admin' }, hmacSecret: { name: 'hmac' } };
  const found = { 'Secret ns/admin': {}, 'Secret ns/hmac': {} };
  const askAuth = (asked: Asked) => ask(aistoreAuthAdmission, asked);

  test('is accepted with Secrets that are there, and refused for each that is not', async () => {
    expect(await askAuth({ spec, found })).toEqual({ denials: [], warnings: [] });
    expect(await askAuth({ spec: { ...spec, adminSecret: { name: '' } }, found })).toMatchObject({
      denials: [],
    });
    const { denials } = await askAuth({ spec });
    expect(denials).toEqual([
      'spec.adminSecret.name: Not found: there is no Secret admin in the namespace ns',
      'spec.hmacSecret.name: Not found: there is no Secret hmac in the namespace ns',
    ]);
    expect((await askAuth({ spec: { ...spec, config: {} }, before: spec })).denials).toEqual([]);
  });

  test('is refused two ways to sign, and warned of plain HTTP', async () => {
    const both = { ...spec, rsaPassphraseSecret: { name: 'hmac' } };
    const { denials } = await askAuth({ spec: both, found });
    expect(denials.join()).toContain('spec.rsaPassphraseSecret must be left out with spec.hmacSecret');
    expect((await askAuth({ spec: {} })).warnings.join()).toContain('spec.tls is missing');
  });
});

describe('an AIStoreAuthProfile', () => {
  const secret = { namespace: 'ns', name: 's', userKey: 'SU-NAME', passKey: 'SU-PASS' };
  const spec = { serviceURL: 'https://authn:52001', usernamePassword: { secret } };
  const found = { 'Secret ns/s': { data: { 'SU-NAME': '', 'SU-PASS': '' } } };
  const askProfile = (asked: Asked) => ask(aistoreAuthProfileAdmission, { found, ...asked });

  test.each(['https://a', 'http://a:1/', 'https://[::1]:52001'])('takes the URL %s', async (serviceURL) => {
    expect((await askProfile({ spec: { ...spec, serviceURL } })).denials).toEqual([]);
  });

  test.each([
    'authn:52001',
    'ftp://a',
    'https://',
    'https://a/path',
    'https://a?x',
    'https://a#x',
    'https://u@a',
  ])('is refused the URL %s', async (serviceURL) => {
    const { denials } = await askProfile({ spec: { ...spec, serviceURL } });
    expect(denials.join()).toContain('spec.serviceURL must be http:// or https:// and a host');
  });

  test.each(['token', '//host/token', 'https://a/token', '/token?x', '/token#x', ''])(
    'is refused the endpoint "%s" for exchanges',
    async (endpoint) => {
      const { denials } = await askProfile({
        spec: { serviceURL: 'https://a', tokenExchange: { endpoint } },
      });
      expect(denials.join()).toContain('spec.tokenExchange.endpoint must be an absolute path');
    },
  );

  test('may have an empty endpoint for logins', async () => {
    const login = (endpoint: string) => ({ ...spec, usernamePassword: { secret, loginConf: { endpoint } } });
    expect((await askProfile({ spec: login('') })).denials).toEqual([]);
    expect((await askProfile({ spec: login('token') })).denials).toHaveLength(1);
  });

  test('takes the right to read what it refers to, before anybody learns whether it is there', async () => {
    const may = () => false;
    const [there] = (await askProfile({ spec, may })).denials;
    expect(there).toContain('is not authorized to use Secret ns/s');
    expect((await askProfile({ spec, may, found: {} })).denials).toEqual([there]);
  });

  test('is refused what is not there, or lacks a key, and warned where we may not look', async () => {
    expect((await askProfile({ spec, found: {} })).denials).toEqual([
      'spec.usernamePassword.secret: Not found: there is no Secret ns/s',
    ]);
    const halves = { 'Secret ns/s': { data: { 'SU-NAME': '' } } };
    expect((await askProfile({ spec, found: halves })).denials.join()).toContain('has no key SU-PASS');
    const tls = { caConfigMapRef: { namespace: 'ns', name: 'ca', key: 'ca.crt' } };
    const trusting = { ...spec, tls };
    expect((await askProfile({ spec: trusting })).denials.join()).toContain('there is no ConfigMap ns/ca');
    const told = await askProfile({ spec, closed: [resources.secrets.kind] });
    expect(told.denials).toEqual([]);
    expect(told.warnings.join()).toContain('nobody looked for Secret ns/s');
  });

  test('is warned of what is new and not safe, and only then', async () => {
    const open = { ...spec, serviceURL: 'http://a', tls: { insecureSkipVerify: true } };
    expect((await askProfile({ spec: open })).warnings).toHaveLength(2);
    expect((await askProfile({ spec: { ...open, x: 1 }, before: open })).warnings).toEqual([]);
    expect((await askProfile({ spec: open, before: spec })).warnings).toHaveLength(2);
  });
});
