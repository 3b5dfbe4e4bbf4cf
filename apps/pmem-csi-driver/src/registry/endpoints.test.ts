import { expect, test } from '@jest/globals';
import { portOf } from './endpoints.ts';

test.each([
  ['tcp://10.0.0.1:10001', '10.0.0.1'],
  ['tcp://fd00::7:10001', 'fd00::7'],
  ['tcp://[fd00::7]:10001', 'fd00::7'],
  ['tcp://pmem-csi.intel.com-controller:10001', 'pmem-csi.intel.com-controller'],
])('%s is a port of %s, an IPv6 address of a pod without brackets too', (text, host) => {
  expect(portOf('registryEndpoint', text)).toEqual({ kind: 'tcp', host, port: 10_001 });
});

test.each(['', 'unix:///csi/csi.sock', 'tcp://host', 'http://host:1'])(
  '"%s" is refused with the name of the flag',
  (text) => {
    expect(() => portOf('registryEndpoint', text)).toThrow(
      expect.objectContaining({ code: 'InvalidArgument', field: 'registryEndpoint' }),
    );
  },
);
