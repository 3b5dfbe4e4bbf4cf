import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import { Latest } from '@rackwright/core';
import { rackwright } from '@rackwright/keys';
import { PlainKubelet, socketFolder } from '@rackwright/kubelet/testing';
import { SimulatedHost } from '@rackwright/simulator';

const resource = 'phison.com/ai100';
/** As the entry point of the image: without the flag SIGUSR1 would be the debugger's. */
const node = [
  ...['--conditions=@rackwright/source', '--disable-warning=ExperimentalWarning', '--disable-sigusr1'],
  fileURLToPath(new URL('main.ts', import.meta.url)),
];

test('the program reads its file again on SIGHUP, takes SIGUSR1, and leaves no socket behind on SIGTERM', async () => {
  using folder = socketFolder();
  const sandbox = join(folder.path, 'c');
  const host = await SimulatedHost.create(join(folder.path, 'h'), { commands: true, nvme: [{}, {}] });
  for (const name of ['c/plugins', 'c/pods', 'c/etc'])
    mkdirSync(join(folder.path, name), { recursive: true });
  symlinkSync(host.folder, join(sandbox, 'host'));
  const configure = (values: object): void =>
    writeFileSync(join(sandbox, 'etc/plugin.json'), JSON.stringify(values));
  configure({ 'replicas-per-device': 1 });
  await using kubelet = await PlainKubelet.start(join(sandbox, 'plugins'));
  const flags = [
    ...['--host-root=/host', `--node-root=${host.folder}`, '--kubelet-dir=/plugins', '--health-port=0'],
    ...['--pod-resources-socket=/pods/kubelet.sock', '--cache-settle=0s', '--config=/etc/plugin.json'],
  ];
  const { NODE_COMPILE_CACHE } = process.env;
  const env = {
    NODE_COMPILE_CACHE,
    [rackwright.env.sandboxRoot]: sandbox,
    [rackwright.env.sandboxAddress]: '127.0.0.1',
  };
  const child = spawn(process.execPath, [...node, ...flags], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const output = new Latest('');
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk) => output.set(output.value + String(chunk)));
  const closed = once(child, 'close');
  try {
    const count = (wanted: number) => kubelet.devices(resource, (list) => list.length === wanted);
    await count(2);
    const first = await kubelet.plugin(resource);
    configure({ 'replicas-per-device': 0 });
    child.kill('SIGHUP');
    await output.until((text) => text.includes('configuration not taken'));
    configure({ 'replicas-per-device': 3 });
    child.kill('SIGUSR1');
    child.kill('SIGHUP');
    await kubelet.plugins.until((plugins) => plugins.get(resource) !== first);
    await count(6);
    child.kill('SIGTERM');
    expect(await closed).toEqual([0, null]);
    expect(readdirSync(join(sandbox, 'plugins')).filter((name) => name.endsWith('.sock'))).toEqual([
      'kubelet.sock',
    ]);
  } catch (cause) {
    throw new Error(output.value.slice(-3000), { cause });
  } finally {
    child.kill('SIGKILL');
  }
}, 120_000);
