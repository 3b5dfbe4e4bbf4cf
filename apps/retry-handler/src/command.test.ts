import { describe, expect, test } from '@jest/globals';
import { HostRoot } from '@rackwright/host';
import { handlerCommand, handlerConf, hostPath, isHandlerOf } from './command.ts';

describe('the command line of a handler', () => {
  const program = '/usr/bin/cxi_rh';
  const onHost = { program, conf: '', mountNamespace: undefined, nodeRoot: '/' };
  const inContainer = { root: new HostRoot('/host'), program, mountNamespace: '/host/proc/1/ns/mnt' };

  test('names the device, never its path', () => {
    expect(handlerCommand('cxi3', { ...onHost, root: new HostRoot('/') })).toEqual([
      program,
      '--device=cxi3',
      '--log-stdout',
    ]);
  });

  test('is run among the files of the host in a container', () => {
    const options = { ...inContainer, conf: '/etc/cxi_rh.conf', nodeRoot: '/' };
    expect(handlerCommand('cxi0', options)).toEqual([
      'nsenter',
      '--mount=/host/proc/1/ns/mnt',
      '--',
      program,
      '--device=cxi0',
      '--log-stdout',
      '--conf=/etc/cxi_rh.conf',
    ]);
  });

  test.each(['/mnt/sim', '/mnt/sim/'])(
    'names the files of a host tree at %s as the node knows them',
    (nodeRoot) => {
      const options = { ...inContainer, conf: '/etc/cxi_rh.conf', nodeRoot };
      expect(handlerCommand('cxi0', options).slice(2)).toEqual([
        '--',
        '/mnt/sim/usr/bin/cxi_rh',
        '--device=cxi0',
        '--log-stdout',
        '--conf=/mnt/sim/etc/cxi_rh.conf',
      ]);
      expect(handlerConf(options)).toBe('/mnt/sim/etc/cxi_rh.conf');
      expect(handlerConf({ ...options, conf: '' })).toBe('');
    },
  );

  test('runs the file of a host that is only a folder, wherever the node has it', () => {
    const options = { ...onHost, root: new HostRoot('/tmp/node'), conf: '/etc/c', nodeRoot: '/mnt' };
    expect(handlerCommand('cxi0', options)).toEqual([
      '/tmp/node/usr/bin/cxi_rh',
      '--device=cxi0',
      '--log-stdout',
      '--conf=/etc/c',
    ]);
  });
});

test.each([
  ['/host/usr/bin/cxi_rh', '/host', '/usr/bin/cxi_rh'],
  ['/host/usr/bin/cxi_rh', '/host/', '/usr/bin/cxi_rh'],
  ['/usr/bin/cxi_rh', '/host', '/usr/bin/cxi_rh'],
  ['/hostile/cxi_rh', '/host', '/hostile/cxi_rh'],
  ['/usr/bin/cxi_rh', '/', '/usr/bin/cxi_rh'],
  ['', '/host', ''],
])('%s with the host at %s is %s there', (path, root, there) => expect(hostPath(path, root)).toBe(there));

describe('a process is the handler of a NIC', () => {
  const words = ['/usr/bin/cxi_rh', '--device=cxi1', '--log-stdout'];

  test('if its last arguments are those it was started with', () => {
    expect(isHandlerOf(words, 'cxi1', '')).toBe(true);
    expect(isHandlerOf(['node', 'cxi_rh.mjs', ...words.slice(1)], 'cxi1', '')).toBe(true);
    expect(isHandlerOf([...words, '--conf=/c'], 'cxi1', '/c')).toBe(true);
  });

  test.each([
    ['another NIC', words, 'cxi11', ''],
    ['another configuration', [...words, '--conf=/c'], 'cxi1', '/d'],
    ['a configuration it should not have', [...words, '--conf=/c'], 'cxi1', ''],
    ['no program', words.slice(1), 'cxi1', ''],
    ['nothing', [], 'cxi1', ''],
  ])('but not with %s', (_, commandLine, device, conf) => {
    expect(isHandlerOf(commandLine, device, conf)).toBe(false);
  });
});
