import { describe, expect, test } from '@jest/globals';
import type { KubeObject } from '@rackwright/kube';
import { type AdmissionRule, isAbout, type Operation } from '../admission/admission.ts';
import { evaluate } from '../admission/evaluate.ts';
import { aidaptivCacheAdmission, phisonDeviceOperatorAdmission } from './admission.ts';
import { parseAidaptivCache } from './parse.ts';
import type { AidaptivCache } from './types.ts';

const settings = { allowedImages: ['registry.test/'] };

function broken(rules: readonly AdmissionRule[], subject: object, operation: Operation = 'CREATE'): string[] {
  const failed = rules.filter(
    (rule) => isAbout(rule, operation) && !evaluate(rule.holds, { object: undefined, settings, ...subject }),
  );
  return failed.map(({ name }) => name);
}

/** As the API server hands it on: with defaults. */
function cache(spec: object): KubeObject {
  const parsed = parseAidaptivCache({ metadata: { name: 'default' }, spec } as AidaptivCache);
  if (!parsed.ok) throw parsed.error;
  return parsed.value;
}

const plugin = (...list: readonly string[]) => ({ devicePlugin: { arguments: list } });
const phison = (pluginname: string, image: string) => ({
  spec: { plugins: [{ pluginname, pluginspec: { containers: [{ image }] } }] },
});

describe('an AidaptivCache', () => {
  const { rules, warnings } = aidaptivCacheAdmission.validation;

  test.each<[string, object, string[]]>([
    ['nothing but defaults', {}, []],
    ["the seed's arguments", plugin('-m', '/mnt/nvme0', '-f=EIFZ', '-skip_firmware_check=false'), []],
    ['a flag of ours with an empty value', plugin('--cache-pod-path=', '--log-level', 'debug'), []],
    ['a flag that is written wrong', plugin('-m', '/mnt', '--cache-layuot=Striped'), ['device-plugin-flags']],
    ['two flags in one entry', plugin('-m /mnt/nvme0'), ['device-plugin-flags']],
    ['a relative path', plugin('-m=mnt/nvme0'), ['device-plugin-paths']],
    ['a path that is missing', plugin('--p='), ['device-plugin-paths']],
    ['a relative path behind its flag', plugin('-m', 'mnt/nvme0'), ['device-plugin-paths']],
    ['a flag where a path is to be', plugin('-m', '-f=EIFZ'), ['device-plugin-paths']],
    ['a path that is missing at the end', plugin('-f=EIFZ', '--p'), ['device-plugin-paths']],
    ['a firmware of nine characters behind its flag', plugin('-f', '123456789'), ['device-plugin-firmware']],
    ['firmware and paths behind their flags', plugin('-p', '/cache', '--f', 'EIFZ,EIFA', '-m', '/mnt'), []],
    ['no firmware', plugin('-f='), ['device-plugin-firmware']],
    ['a firmware of nine characters', plugin('-f=EIFZ,123456789'), ['device-plugin-firmware']],
    ['a flag of the plugin for the exporter', { exporter: { arguments: ['-m=/mnt'] } }, ['exporter-flags']],
    ['an image of the list', { devicePlugin: { image: 'registry.test/a:1' } }, []],
    ['an image that is not allowed', { exporter: { image: 'docker.io/a:1' } }, ['allowed-image']],
  ])('with %s', (_, spec, expected) => expect(broken(rules, { object: cache(spec) })).toEqual(expected));

  test.each<[string, object, string[]]>([
    ['nothing but defaults', {}, []],
    ['every NVMe drive', { discovery: { match: 'AnyNvme' } }, ['any-nvme']],
    ['any firmware', { firmware: { check: 'Skip' } }, ['firmware-skip']],
    ['no actions', { recovery: { actions: [] } }, ['no-actions']],
    ['no actions and recovery off', { recovery: { mode: 'Off', actions: [] } }, []],
    ['a taint that ends pods', { recovery: { taint: 'NoExecute' } }, ['taint-no-execute']],
  ])('is warned of with %s', (_, spec, expected) =>
    expect(broken(warnings, { object: cache(spec) })).toEqual(expected),
  );

  test('is warned of when a path of running pods changes, and when it goes while pods have units', () => {
    const [before, object] = [cache({ cache: { podPath: '/a' } }), cache({ cache: { podPath: '/b' } })];
    expect(broken(warnings, { before, object }, 'UPDATE')).toEqual(['path-changed']);
    expect(broken(warnings, { before, object: before }, 'UPDATE')).toEqual([]);
    const used = { ...before, status: { units: { allocated: 1 } } };
    expect(broken(warnings, { before: used }, 'DELETE')).toEqual(['deleted-while-used']);
    expect(broken(warnings, { before }, 'DELETE')).toEqual([]);
  });
});

describe('a PhisonDeviceOperator', () => {
  const { rules, warnings, checks } = phisonDeviceOperatorAdmission.validation;

  test.each<[string, object, string[], string[]]>([
    ['a device plugin', phison('ai100-device-plugin', 'registry.test/a'), [], []],
    ['an image that is not allowed', phison('node-discovery', 'docker.io/a'), ['allowed-image'], []],
    ['a plugin nobody runs', phison('scheduler', 'docker.io/a'), [], ['unsupported-plugin']],
    ['no plugin', { spec: {} }, [], ['no-plugin']],
  ])('with %s', (_, object, refused, warned) => {
    expect(broken(rules, { object })).toEqual(refused);
    expect(broken(warnings, { object })).toEqual(warned);
  });

  test('beside another one is told of, whatever its namespace, and beside itself is not', async () => {
    const found = [{ metadata: { namespace: 'a', name: 'one' } }] as never[];
    const cluster = { some: async (_: unknown, is: (object: never) => boolean) => found.some(is) };
    const warningOf = async (namespace: string, name: string) =>
      await checks[0]?.failure(
        { operation: 'CREATE', name, object: { metadata: { namespace, name } }, before: undefined },
        cluster,
      );
    expect(await warningOf('b', 'one')).toContain('the PhisonDeviceOperator a/one is there already');
    expect(await warningOf('a', 'one')).toBeUndefined();
  });
});
