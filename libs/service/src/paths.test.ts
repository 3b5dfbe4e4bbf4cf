import { expect, test } from '@jest/globals';
import { bindAddress, containerPath, hostRoot } from './paths.ts';

test('outside a simulated cluster paths and addresses stay as they are', () => {
  expect(containerPath('/etc/x', {})).toBe('/etc/x');
  expect(hostRoot('/host/', { RACKWRIGHT_SANDBOX_ROOT: '' }).path('/sys/class')).toBe('/host/sys/class');
  expect(bindAddress({ RACKWRIGHT_SANDBOX_ADDRESS: '' })).toBeUndefined();
});

test("in a simulated cluster a folder stands for the container's /", () => {
  const env = { RACKWRIGHT_SANDBOX_ROOT: '/tmp/pod', RACKWRIGHT_SANDBOX_ADDRESS: '127.0.3.4' };
  expect(containerPath('/etc/x', env)).toBe('/tmp/pod/etc/x');
  expect(hostRoot('/', env).path('/sys')).toBe('/tmp/pod/sys');
  expect(bindAddress(env)).toBe('127.0.3.4');
});
