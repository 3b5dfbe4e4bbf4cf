import { mkdirSync, mkdtempSync, readlinkSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { silentLogger, systemClock } from '@rackwright/core';
import { HostFiles, HostRoot, SystemProcessRunner } from '@rackwright/host';
import { CxiRhLauncher } from './launcher.ts';
import { hostMountNamespace } from './mount-namespace.ts';
import { ProcFs } from './proc.ts';
import { StatsMounts } from './stats-mount.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'rw-launcher-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A launcher of a program that is there on this machine and, by a link, in the tree that stands for it. */
function launcherOf(script: string, env: NodeJS.ProcessEnv): CxiRhLauncher {
  const root = new HostRoot(join(folder, 'host'));
  const program = join(folder, 'cxi_rh');
  writeFileSync(program, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  mkdirSync(dirname(root.path(program)), { recursive: true });
  writeFileSync(root.path(program), '');
  const mounts = new StatsMounts(root, new SystemProcessRunner(systemClock), silentLogger);
  const mountNamespace = hostMountNamespace(root, {});
  return new CxiRhLauncher({
    command: { root, program, conf: '', mountNamespace },
    files: new HostFiles(root),
    mounts,
    table: new ProcFs(),
    clock: systemClock,
    logger: silentLogger,
    env,
  });
}

const ifRoot = process.getuid?.() === 0 ? test : test.skip;

ifRoot(
  'in a container the program is run in the namespace of the host, with nothing of our environment',
  async () => {
    mkdirSync(join(folder, 'host/proc/1/ns'), { recursive: true });
    symlinkSync('/proc/self/ns/mnt', join(folder, 'host/proc/1/ns/mnt'));
    const launcher = launcherOf('echo "$1 $SECRET $(readlink /proc/self/ns/mnt)"', {
      PATH: process.env.PATH,
      SECRET: 'x',
    });
    const handler = await launcher.launch('cxi0');
    expect(await handler.ended).toMatchObject({ code: 0, signal: null });
    expect(handler.id.startTicks).toBeGreaterThan(0);
    expect(handler.lastLine).toBe(`--device=cxi0  ${readlinkSync('/proc/self/ns/mnt')}`);
  },
);

test('a host that is only files, or a simulated container, has no namespace to enter', () => {
  const root = new HostRoot(folder);
  expect(hostMountNamespace(root, {})).toBeUndefined();
  expect(hostMountNamespace(new HostRoot('/'), {})).toBeUndefined();
  mkdirSync(join(folder, 'proc/1/ns'), { recursive: true });
  writeFileSync(join(folder, 'proc/1/ns/mnt'), '');
  expect(hostMountNamespace(root, {})).toBe(join(folder, 'proc/1/ns/mnt'));
  expect(hostMountNamespace(root, { RACKWRIGHT_SANDBOX_ROOT: '/pod' })).toBeUndefined();
});

test('a missing program is named, with what to do', async () => {
  const launcher = launcherOf('', {});
  rmSync(join(folder, 'host'), { recursive: true });
  await expect(launcher.launch('cxi0')).rejects.toMatchObject({ code: 'NotFound', field: '--cxi-rh-path' });
});
