import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { HostFiles } from '@rackwright/host';
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

test('in a simulated cluster the links that stand for mounts lead to the node, links of the node do not', () => {
  const folder = mkdtempSync(join(tmpdir(), 'rw-paths-'));
  const node = join(folder, 'node');
  const pod = join(folder, 'pod');
  mkdirSync(join(node, 'sys/class'), { recursive: true });
  mkdirSync(join(node, 'run/cxi'), { recursive: true });
  mkdirSync(join(pod, 'host/run'), { recursive: true });
  writeFileSync(join(node, 'sys/value'), '1');
  writeFileSync(join(node, 'run/cxi/stat'), '2');
  writeFileSync(join(folder, 'secret'), 'secret');
  symlinkSync(join(folder, 'secret'), join(node, 'sys/class/escape'));
  symlinkSync('/sys/value', join(node, 'sys/class/absolute'));
  symlinkSync(join(node, 'sys'), join(pod, 'host/sys'));
  symlinkSync(join(node, 'run/cxi'), join(pod, 'host/run/cxi'));
  const files = new HostFiles(hostRoot('/host', { RACKWRIGHT_SANDBOX_ROOT: pod }));
  const paths = ['/sys/value', '/sys/class/absolute', '/run/cxi/stat', '/sys/class/escape'];
  expect(paths.map((path) => files.readText(path))).toEqual(['1', '1', '2', undefined]);
  symlinkSync(node, join(pod, 'whole'));
  const whole = new HostFiles(hostRoot('/whole', { RACKWRIGHT_SANDBOX_ROOT: pod }));
  expect(whole.readText('/sys/class/absolute')).toBe('1');
  rmSync(folder, { recursive: true });
});
