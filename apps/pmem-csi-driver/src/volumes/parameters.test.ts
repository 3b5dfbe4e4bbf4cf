import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { differingParameter, formatParameters, type ParameterSource, parseParameters } from './parameters.ts';

const defaults = { eraseAfter: true, kataContainers: false, usage: 'AppDirect', persistency: 'normal' };

describe('parameters', () => {
  test('a class that says nothing has a volume erased and mapped', () => {
    expect(parseParameters('class', {})).toEqual(defaults);
  });

  test.each<[ParameterSource, Record<string, string>, object]>([
    ['class', { eraseafter: 'F', usage: 'FileIO' }, { eraseAfter: false, usage: 'FileIO' }],
    ['class', { eraseAfter: '0', usage: '' }, { eraseAfter: false }],
    ['class', { persistencyModel: 'none', kataContainers: 'TRUE' }, { kataContainers: true }],
    ['inline', { size: '100M', 'csi.storage.k8s.io/ephemeral': 'true' }, { size: 100_000_000n }],
    ['inline', { size: '1.5Ki' }, { size: 1536n }],
    ['context', { name: 'pvc', 'storage.kubernetes.io/csiProvisionerIdentity': 'x' }, { name: 'pvc' }],
    [
      'state',
      { deviceMode: 'ndctl', persistencyModel: 'ephemeral' },
      { deviceMode: 'direct', persistency: 'ephemeral' },
    ],
    ['class', { 'csi.storage.k8s.io/pvc/name': 'claim' }, {}],
  ])('%s %j is understood', (source, given, expected) => {
    expect(parseParameters(source, given)).toEqual({ ...defaults, ...expected });
  });

  test.each<[ParameterSource, Record<string, string>, RegExp]>([
    ['class', { size: '1Gi' }, /"size" is invalid in this context/],
    ['class', { name: 'x' }, /"name" is invalid in this context/],
    ['class', { deviceMode: 'lvm' }, /"deviceMode" is invalid/],
    ['class', { cacheSize: '2' }, /"cacheSize" is invalid/],
    ['inline', { persistencyModel: 'normal' }, /"persistencyModel" is invalid/],
    ['class', { persistencyModel: 'cache' }, /persistencyModel: "cache" is not normal/],
    ['class', { persistencyModel: 'ephemeral' }, /persistencyModel: "ephemeral"/],
    ['class', { eraseafter: 'yes' }, /eraseafter: "yes" is not a boolean/],
    ['class', { eraseafter: 'true', eraseAfter: 'false' }, /eraseAfter: "false" is given twice/],
    ['class', { usage: 'FileIO', kataContainers: 'true' }, /not possible with usage FileIO/],
    ['inline', { size: '-1' }, /size: "-1" is below zero/],
    ['inline', { size: 'big' }, /"big" is not a quantity/],
    ['state', { deviceMode: 'tape' }, /deviceMode: "tape" is not one of lvm, direct/],
    ['class', { constructor: 'x' }, /"constructor" is invalid/],
  ])('%s %j is refused', (source, given, message) => {
    expect(() => parseParameters(source, given)).toThrow(message);
  });

  const parameters = fc.record({
    eraseAfter: fc.boolean(),
    kataContainers: fc.constant(false),
    usage: fc.constantFrom('AppDirect' as const, 'FileIO' as const),
    persistency: fc.constantFrom('normal' as const, 'ephemeral' as const),
  });

  test('what is written is read again, and is no different', () => {
    fc.assert(
      fc.property(parameters, (given) => {
        const read = parseParameters('context', formatParameters(given));
        expect(read).toEqual(given);
        expect(differingParameter(read, given)).toBeUndefined();
      }),
    );
  });

  test('whatever a user writes is understood or refused with InvalidArgument', () => {
    const source = fc.constantFrom<ParameterSource>('class', 'inline', 'context', 'state');
    const key = fc.oneof(
      fc.string(),
      fc.constantFrom('eraseafter', 'ERASEAFTER', 'size', 'usage', '__proto__'),
    );
    fc.assert(
      fc.property(source, fc.array(fc.tuple(key, fc.string())), (from, entries) => {
        try {
          parseParameters(from, Object.fromEntries(entries));
        } catch (error) {
          expect(error).toMatchObject({ code: 'InvalidArgument' });
        }
      }),
    );
  });
});
