import { describe, expect, test } from '@jest/globals';
import { type KubeObject, type ResourceType, resourceName, resources } from '@rackwright/kube';
import { type Admission, isAbout, type Operation } from '../admission/admission.ts';
import { evaluate } from '../admission/evaluate.ts';
import { pmemCsiDeploymentAdmission, pmemDeploymentAdmission } from './admission.ts';
import { pmemCsiDeployments, pmemDeployments } from './resources.ts';

const settings = { allowedImages: ['registry.test/'] };

interface Asked {
  readonly object?: KubeObject | undefined;
  readonly before?: KubeObject;
  readonly operation?: Operation;
  /** What the cluster has, by kind. */
  readonly found?: readonly (readonly [ResourceType<KubeObject>, KubeObject])[];
}

/** Names of the rules and checks that refuse or warn. */
async function told(admission: Admission, asked: Asked): Promise<string[]> {
  const { object, before, operation = 'CREATE', found = [] } = asked;
  const { rules, warnings, checks } = admission.validation;
  const failed = [...rules, ...warnings].filter(
    (rule) => isAbout(rule, operation) && !evaluate(rule.holds, { object, before, settings }),
  );
  const cluster = {
    some: async (type: ResourceType<never>, is: (one: never) => boolean) =>
      found.some(([of, one]) => resourceName(of) === resourceName(type) && is(one as never)),
  };
  const name = (object ?? before)?.metadata?.name ?? '';
  const looked = await Promise.all(
    checks
      .filter((check) => isAbout(check, operation))
      .map(async (check) => {
        const failure = await check.failure({ operation, name, object, before }, cluster as never);
        return failure === undefined ? [] : [check.name];
      }),
  );
  return [...failed.map((rule) => rule.name), ...looked.flat()];
}

const named = (name: string, spec: object = {}): KubeObject => ({ metadata: { name }, spec }) as KubeObject;
const volume = { spec: { csi: { driver: 'pmem-csi.intel.com', volumeHandle: 'a' } } } as KubeObject;

describe('a PmemCSIDeployment', () => {
  const own = named('pmem-csi.intel.com');
  const ask = (asked: Asked) => told(pmemCsiDeploymentAdmission, asked);

  test('of nothing but defaults is accepted without a word', async () => {
    expect(await ask({ object: own })).toEqual([]);
  });

  test('is refused an image that is not allowed, and warned of a name that is no domain', async () => {
    expect(await ask({ object: named('pmem', { image: 'docker.io/a:1' }) })).toEqual([
      'allowed-image',
      'driver-name',
    ]);
  });

  test('is warned of another with its name or its nodes, of either kind, and not of itself', async () => {
    const found = [
      [pmemCsiDeployments, named('pmem-csi.intel.com')],
      [pmemDeployments, named('pmem-deployment', { nodeSelector: { storage: 'pmem', zone: 'a' } })],
    ] as const;
    expect(await ask({ object: own, found })).toEqual(['name-taken', 'nodes-shared']);
    const other = named('other.example.com', { nodeSelector: { storage: 'nvdimm' } });
    expect(await ask({ object: other, found })).toEqual([]);
    const fake = named('other.example.com', { deviceMode: 'fake' });
    expect(await ask({ object: fake, found })).toEqual([]);
    const namesake = named('pmem-csi-intel-com', { nodeSelector: { a: 'b' } });
    expect(await ask({ object: namesake, found })).toEqual(['driver-name', 'name-taken']);
  });

  test.each<[string, object, string[]]>([
    ['another mode', { deviceMode: 'direct' }, ['device-mode-changed']],
    ['less memory', { pmemPercentage: 50 }, ['less-memory']],
    ['another folder of the kubelet', { kubeletDir: '/data' }, ['kubelet-dir-changed']],
    ['what it had by default', { deviceMode: 'lvm', pmemPercentage: 100 }, []],
  ])('that has volumes is warned when it gets %s', async (_, spec, expected) => {
    const found = [[resources.persistentVolumes, volume]] as const;
    const object = named('pmem-csi.intel.com', spec);
    expect(await ask({ object, before: own, operation: 'UPDATE', found })).toEqual(expected);
  });

  test('is warned when it is deleted while there are volumes of it', async () => {
    const found = [[resources.persistentVolumes, volume]] as const;
    expect(await ask({ before: own, operation: 'DELETE', found })).toEqual(['deleted-with-volumes']);
    const other = named('other.example.com');
    expect(await ask({ before: other, operation: 'DELETE', found })).toEqual([]);
  });
});

describe('a Deployment of the first operator', () => {
  const ask = (asked: Asked) => told(pmemDeploymentAdmission, asked);

  test('is warned of keys in its spec, and refused images by either name', async () => {
    const spec = { registryKey: 'YQ==', nodeControllerKey: 'YQ==', registrarImage: 'docker.io/a' };
    expect(await ask({ object: named('pmem-deployment', spec) })).toEqual([
      'allowed-image',
      'key-in-spec',
      'key-in-spec',
    ]);
  });

  test('is warned of another of its driver name', async () => {
    const found = [[pmemDeployments, named('pmem-deployment')]] as const;
    const nodeSelector = { a: 'b' };
    expect(await ask({ object: named('second', { nodeSelector }), found })).toEqual(['name-taken']);
    const renamed = named('second', { nodeSelector, driverName: 'second.example.com' });
    expect(await ask({ object: renamed, found })).toEqual([]);
  });
});
