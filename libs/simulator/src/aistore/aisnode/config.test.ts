import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { JsonObject } from '../process/json.ts';
import { fullConfig, isRefusal, shownConfig, withChange, withoutUnknown } from './config.ts';
import { defaultConfig } from './default-config.ts';

describe('the configuration of a cluster', () => {
  test('takes a partial one key by key and leaves the rest', () => {
    const changed = withChange(defaultConfig, { rebalance: { enabled: false }, backend: { aws: {} } });
    expect(changed).toEqual({
      ...defaultConfig,
      rebalance: { ...(defaultConfig.rebalance as object), enabled: false },
      backend: { aws: {} },
    });
  });

  test.each([
    [{ nonsense: 1 }, 'unknown configuration key "nonsense"'],
    [{ net: { http: { port: 1 } } }, 'unknown configuration key "net.http.port"'],
    [{ backend: { ftp: {} } }, 'invalid backend provider "ftp"'],
    [{ timeout: { max_keepalive: 'soon' } }, 'timeout.max_keepalive: invalid duration "soon"'],
    [{ space: { highwm: 101 } }, 'space.highwm: 101 is not in the range 0 to 100'],
    [{ rebalance: { enabled: 'yes' } }, 'rebalance.enabled: cannot take "yes"'],
    [{ rebalance: true }, 'rebalance: cannot take true'],
  ])('refuses %j', (change, refused) => {
    expect(withChange(defaultConfig, change)).toEqual({ refused });
  });

  test('is shown by the names of each release and read by both', () => {
    const asked = { auth: { client_auth_required: true } };
    const config = withChange(defaultConfig, asked);
    if (isRefusal(config)) throw new Error(config.refused);
    expect(shownConfig(config, '4.9').auth).toMatchObject({ enabled: true });
    expect(shownConfig(config, '5.0').auth).toMatchObject({ client_auth_required: true });
    expect(fullConfig(shownConfig(config, '5.0'))).toEqual(config);
  });

  test('anything at all is taken or refused, and a file is taken without what is unknown in it', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (change) => {
        const read = withoutUnknown({ ...(change as JsonObject), zz: 1 });
        for (const one of [change as JsonObject, read]) withChange(defaultConfig, one);
        expect(Object.keys(read).filter((key) => !Object.hasOwn(defaultConfig, key))).toEqual([]);
      }),
    );
    expect(withoutUnknown({ zz: 1, mirror: { copies: 3, zz: 1 } })).toEqual({ mirror: { copies: 3 } });
  });
});
