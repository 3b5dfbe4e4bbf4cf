import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { configDrift } from './config-drift.ts';
import { isJsonObject, type JsonObject, type JsonValue } from './json.ts';

const cluster: JsonObject = {
  uuid: 'Kx3f9PqLm',
  config_version: '7',
  backend: { aws: {} },
  rebalance: { enabled: true, dest_retry_time: '2m', compression: 'never' },
  log: { level: '3', max_size: '4MiB', max_total: '128MiB', flush_time: '1m' },
  space: { highwm: 90, lowwm: 75 },
  timeout: { cplane_operation: '2s' },
  auth: { enabled: false, required_claims: { aud: ['a', 'b'] } },
};

test('weakness 11: what somebody else has changed is found, with what is wanted and what is there', () => {
  const desired = { rebalance: { enabled: false, dest_retry_time: '120s' }, space: { lowwm: 70 } };
  expect(configDrift(desired, cluster)).toEqual([
    { path: 'rebalance.enabled', desired: false, actual: true },
    { path: 'space.lowwm', desired: 70, actual: 75 },
  ]);
});

test('a cluster that has what is asked for has not drifted, however it writes it', () => {
  const desired: JsonObject = {
    backend: { aws: {} },
    rebalance: { dest_retry_time: '120s', enabled: undefined, compression: null },
    log: { max_size: '4096k', max_total: '131072KiB', flush_time: '60s' },
    space: { highwm: 90n },
    auth: { required_claims: { aud: ['a', 'b'] } },
  };
  expect(configDrift(desired, cluster)).toEqual([]);
});

test('a backend that is missing is one that is not switched on', () => {
  expect(configDrift({ backend: { gcp: {}, aws: {} } }, cluster)).toEqual([
    { path: 'backend.gcp', desired: {}, actual: undefined },
  ]);
});

test('what a cluster leaves out is its zero', () => {
  const zeros = {
    ec: { enabled: false, parity_slices: 0, objsize_limit: '0B', list: [], name: '', oidc: {} },
  };
  expect(configDrift(zeros, cluster)).toEqual([]);
  expect(configDrift({ ec: { enabled: true } }, cluster)).toEqual([
    { path: 'ec.enabled', desired: true, actual: undefined },
  ]);
});

test('settings are found under the name of 4.9 and under that of 5.0', () => {
  const desired = { auth: { enabled: true, cluster_key: { enabled: true, ttl: '24h' } } };
  const newer = { auth: { client_auth_required: true, intra_cluster: { enabled: true, ttl: '24h0m' } } };
  expect(configDrift(desired, newer)).toEqual([]);
  expect(configDrift(newer, desired)).toEqual([]);
  const off = { auth: { client_auth_required: false, intra_cluster: { enabled: true, ttl: '1h' } } };
  expect(configDrift(desired, off).map(({ path }) => path)).toEqual(['auth.enabled', 'auth.cluster_key.ttl']);
});

test('the order of a list counts, and all of it', () => {
  const wanted = (aud: string[]): JsonObject => ({ auth: { required_claims: { aud } } });
  expect(configDrift(wanted(['b', 'a']), cluster)).toHaveLength(1);
  expect(configDrift(wanted(['a']), cluster)).toHaveLength(1);
});

const values: fc.Arbitrary<JsonValue> = fc.letrec<{ value: JsonValue; object: JsonObject }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    fc.constantFrom(null, true, false, 0, 1, 2n ** 60n, '', '1m', '60s', '1GiB', '1024M', 'x'),
    fc.string(),
    fc.array(fc.oneof(fc.string(), fc.constant(null), tie('object')), { maxLength: 3 }),
    tie('object'),
  ),
  object: fc.dictionary(
    fc.oneof(fc.constantFrom('auth', 'enabled', 'backend', 'aws', '__proto__', 'toString'), fc.string()),
    tie('value'),
    { maxKeys: 4 },
  ),
})).value;

const objects = values.filter(isJsonObject);

test('a configuration has not drifted from itself, nor from any part of it', () => {
  fc.assert(
    fc.property(objects, (config) => {
      expect(configDrift(config, config)).toEqual([]);
      expect(configDrift({}, config)).toEqual([]);
    }),
  );
});

test('a leaf that is changed is the one that is found', () => {
  fc.assert(
    fc.property(
      objects,
      fc.array(fc.stringMatching(/^[a-z]{1,5}$/), { minLength: 1, maxLength: 3 }),
      (rest, keys) => {
        const at = (value: JsonValue): JsonObject =>
          keys.reduceRight<JsonValue>((inner, key) => ({ [key]: inner }), value) as JsonObject;
        const found = configDrift(at('wanted'), { ...rest, ...at('other') });
        expect(found).toEqual([{ path: keys.join('.'), desired: 'wanted', actual: 'other' }]);
      },
    ),
  );
});
