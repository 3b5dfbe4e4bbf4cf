import { mkdirSync, mkdtempSync, readlinkSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type LogFields, silentLogger, systemClock } from '@rackwright/core';
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

/**
 * A launcher of a script that is, in the host tree, at `hostPath`.
 *
 * @param tree where the tree lies in the mount namespace the script is run in
 */
function launcherOf(
  script: string,
  hostPath: string,
  tree: string,
  env: NodeJS.ProcessEnv = {},
): CxiRhLauncher {
  const root = new HostRoot(join(folder, 'host'));
  for (const path of [root.path(hostPath), join(tree, hostPath)]) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  }
  const mounts = new StatsMounts(root, new SystemProcessRunner(systemClock), silentLogger);
  const mountNamespace = hostMountNamespace(root, {}, silentLogger);
  return new CxiRhLauncher({
    command: { root, program: hostPath, conf: '/etc/cxi_rh.conf', mountNamespace, nodeRoot: tree },
    files: new HostFiles(root),
    mounts,
    table: new ProcFs(),
    clock: systemClock,
    logger: silentLogger,
    env,
  });
}

const ifRoot = process.getuid?.() === 0 ? describe : describe.skip;

ifRoot('in a container the program is run in the namespace of the host (needs root)', () => {
  beforeEach(() => {
    mkdirSync(join(folder, 'host/proc/1/ns'), { recursive: true });
    symlinkSync('/proc/self/ns/mnt', join(folder, 'host/proc/1/ns/mnt'));
  });

  test('with nothing of our environment', async () => {
    const script = 'echo "$1 $SECRET $(readlink /proc/self/ns/mnt)"';
    const env = { PATH: process.env.PATH, SECRET: 'x' };
    const handler = await launcherOf(script, join(folder, 'cxi_rh'), '/', env).launch('cxi0');
    expect(await handler.ended).toMatchObject({ code: 0, signal: null });
    expect(handler.lastLine).toBe(`--device=cxi0  ${readlinkSync('/proc/self/ns/mnt')}`);
  });

  test('wherever it lies there: what is missing among our files may be there, and what is not nsenter tells', async () => {
    const launcher = launcherOf('', '/usr/bin/cxi_rh', join(folder, 'mnt'), { PATH: process.env.PATH });
    rmSync(join(folder, 'host/usr'), { recursive: true });
    expect(await (await launcher.launch('cxi0')).ended).toMatchObject({ code: 0 });
    rmSync(join(folder, 'mnt'), { recursive: true });
    const handler = await launcher.launch('cxi0');
    expect(await handler.ended).toMatchObject({ code: 127 });
    expect(handler.lastLine).toMatch(/^nsenter: .*cxi_rh/);
  });

  test('by the path a host tree below a folder of the node has there', async () => {
    const tree = join(folder, 'mnt');
    const launcher = launcherOf('echo "$0 $3"', '/usr/bin/cxi_rh', tree, { PATH: process.env.PATH });
    const handler = await launcher.launch('cxi0');
    expect(await handler.ended).toMatchObject({ code: 0 });
    expect(handler.lastLine).toBe(`${tree}/usr/bin/cxi_rh --conf=${tree}/etc/cxi_rh.conf`);
  });
});

describe('the mount namespace of the host', () => {
  const warnings: [string, LogFields | undefined][] = [];
  const logger = {
    ...silentLogger,
    warn: (message: string, fields?: LogFields) => void warnings.push([message, fields]),
  };
  beforeEach(() => {
    warnings.length = 0;
  });

  test('is entered from a container only, a simulated one stays where it is', () => {
    const root = new HostRoot(folder);
    mkdirSync(join(folder, 'proc/1/ns'), { recursive: true });
    writeFileSync(join(folder, 'proc/1/ns/mnt'), '');
    expect(hostMountNamespace(root, {}, logger)).toBe(join(folder, 'proc/1/ns/mnt'));
    expect(hostMountNamespace(root, { RACKWRIGHT_SANDBOX_ROOT: '/pod' }, logger)).toBeUndefined();
    expect(hostMountNamespace(new HostRoot('/'), {}, logger)).toBeUndefined();
    expect(warnings).toEqual([]);
  });

  test.each([
    ['missing', 'nothing/here', 'ENOENT'],
    // A process that has ended, as where the init of a node environment is gone.
    ['of a process that is gone', '/proc/4194305/ns/mnt', 'ENOENT'],
  ])('is %s: the log says what to mount', (_, target, reason) => {
    mkdirSync(join(folder, 'proc/1/ns'), { recursive: true });
    symlinkSync(target, join(folder, 'proc/1/ns/mnt'));
    expect(hostMountNamespace(new HostRoot(folder), {}, logger)).toBeUndefined();
    expect(warnings).toEqual([
      [
        expect.stringContaining('no mount namespace of the host'),
        {
          file: join(folder, 'proc/1/ns/mnt'),
          reason: expect.stringContaining(reason),
          remedy: `mount /proc of the node at ${folder}/proc and run the container privileged`,
        },
      ],
    ]);
  });
});

test('a missing program is named, with what to do', async () => {
  const launcher = launcherOf('', '/usr/bin/cxi_rh', join(folder, 'host'));
  rmSync(join(folder, 'host'), { recursive: true });
  await expect(launcher.launch('cxi0')).rejects.toMatchObject({ code: 'NotFound', field: '--cxi-rh-path' });
});
