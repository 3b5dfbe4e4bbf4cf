import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { get } from 'node:http';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { rackwright } from '@rackwright/keys';
import { PlainKubelet, socketFolder } from '@rackwright/kubelet/testing';
import { SimulatedHost } from '@rackwright/simulator';

const node = [
  process.execPath,
  '--conditions=@rackwright/source',
  '--disable-warning=ExperimentalWarning',
] as const;
const { NODE_COMPILE_CACHE } = process.env;
const source = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

function fetchText(address: string, path: string): Promise<{ status: number; body: string }> {
  const { promise, resolve, reject } = Promise.withResolvers<{ status: number; body: string }>();
  get({ host: address, port: 8082, path }, (response) => {
    let body = '';
    response.setEncoding('utf8').on('data', (chunk) => {
      body += chunk;
    });
    response.on('end', () => resolve({ status: response.statusCode ?? 0, body }));
  }).on('error', reject);
  return promise;
}

describe('the program', () => {
  test('in a sandbox: registers, answers its endpoints, and leaves nothing behind on SIGTERM', async () => {
    using folder = socketFolder();
    const sandbox = join(folder.path, 'c');
    const plugins = join(folder.path, 'p');
    const host = await SimulatedHost.create(join(folder.path, 'h'), { nics: [{ generation: 1 }] });
    mkdirSync(plugins);
    mkdirSync(join(sandbox, 'var/lib/kubelet'), { recursive: true });
    symlinkSync(host.folder, join(sandbox, 'host'));
    symlinkSync(plugins, join(sandbox, 'var/lib/kubelet/device-plugins'));
    await using kubelet = await PlainKubelet.start(plugins);
    const address = `127.${100 + (process.pid % 100)}.${(process.pid >> 8) % 250}.7`;
    const [program, ...flags] = node;
    const child = spawn(
      program,
      [...flags, source('main.ts'), '--host-root=/host', `--node-root=${host.folder}`],
      {
        env: {
          NODE_COMPILE_CACHE,
          [rackwright.env.sandboxRoot]: sandbox,
          [rackwright.env.sandboxAddress]: address,
        },
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    );
    const output: string[] = [];
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk) => output.push(String(chunk)));
    const closed = once(child, 'close');
    try {
      const devices = await kubelet.devices('hpe.com/cxi', (list) => list.length === 100);
      expect(devices[0]).toMatchObject({ ID: 'cxi0::0', health: 'Healthy' });
      const { containerResponses } = await kubelet.allocate('hpe.com/cxi', ['cxi0::0']);
      expect(containerResponses[0]?.devices[0]?.hostPath).toBe(join(host.folder, 'dev/cxi0'));
      await kubelet.devices('beta.hpe.com/cxi');
      await kubelet.devices('hpe.com/cxi-vf');
      expect(await fetchText(address, '/healthz')).toEqual({ status: 200, body: 'ok\n' });
      expect(await fetchText(address, '/readyz')).toEqual({ status: 200, body: 'ready\n' });
      expect((await fetchText(address, '/metrics')).body).toContain(
        'device_plugin_devices{resource="hpe.com/cxi"',
      );
      expect(JSON.parse((await fetchText(address, '/status')).body)).toMatchObject({
        resources: [{ name: 'hpe.com/cxi', ids: 100, healthy: 100 }, {}, {}],
        nics: [{ device: 'cxi0', kind: 'pf', healthy: true, reason: 'Healthy', holders: [] }],
      });
    } finally {
      child.kill('SIGTERM');
    }
    const [code] = await closed;
    expect({ code, output: code === 0 ? '' : output.join('') }).toEqual({ code: 0, output: '' });
    expect(readdirSync(plugins)).toEqual(['kubelet.sock']);
    expect(output.join('')).toContain('"registered with the kubelet"');
  });

  test('a command line that makes no sense: exit 2 with what is wrong', async () => {
    const [program, ...flags] = node;
    const child = spawn(program, [...flags, source('main.ts'), '--sharing-mode=both'], {
      env: { NODE_COMPILE_CACHE },
    });
    let text = '';
    child.stderr.on('data', (chunk) => {
      text += chunk;
    });
    expect(await once(child, 'close')).toEqual([2, null]);
    expect(text).toContain('--sharing-mode');
  });

  test('cxi-cdi-generator runs as a command of its own', async () => {
    using folder = socketFolder();
    const host = await SimulatedHost.create(join(folder.path, 'h'), { nics: [{ generation: 2 }] });
    const inHost = (path: string): string => join(host.folder, path);
    const [program, ...flags] = node;
    const child = spawn(
      program,
      [...flags, source('cxi-cdi-generator.main.ts'), '--cdi-dir', inHost('etc/cdi')],
      {
        env: {
          NODE_COMPILE_CACHE,
          SYSFS_ROOT: inHost('sys'),
          DEVFS_ROOT: inHost('dev'),
          OFI_ROOT: inHost('opt/cray/lib64'),
          CXI_ROOT: inHost('usr/lib64'),
        },
      },
    );
    expect(await once(child, 'close')).toEqual([0, null]);
    expect(readFileSync(inHost('etc/cdi/hpe.com-cxi.yaml'), 'utf8')).toContain('name: cxi0');
  });
});
