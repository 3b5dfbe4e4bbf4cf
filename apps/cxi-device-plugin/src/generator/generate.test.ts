import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { parseCdiSpec } from '@rackwright/kubelet';
import { socketFolder } from '@rackwright/kubelet/testing';
import { type HostSpec, SimulatedHost } from '@rackwright/simulator';
import { expectGolden } from '../testing/golden.ts';
import { generate } from './generate.ts';

let folder: ReturnType<typeof socketFolder>;
let host: SimulatedHost;
beforeEach(() => {
  folder = socketFolder();
});
afterEach(() => folder[Symbol.dispose]());

interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

async function simulate(spec: HostSpec): Promise<NodeJS.ProcessEnv> {
  host = await SimulatedHost.create(join(folder.path, 'host'), spec);
  const inHost = (path: string): string => join(host.folder, path);
  return {
    SYSFS_ROOT: inHost('sys'),
    DEVFS_ROOT: inHost('dev'),
    OFI_ROOT: inHost('opt/cray/lib64'),
    CXI_ROOT: inHost('usr/lib64'),
  };
}

async function run(argv: string[], env: NodeJS.ProcessEnv): Promise<Outcome> {
  const out = { stdout: '', stderr: '' };
  const code = await generate({
    argv: [`--cdi-dir=${cdi()}`, ...argv],
    env,
    version: '1.2.3',
    stdout: (text) => {
      out.stdout += text;
    },
    stderr: (text) => {
      out.stderr += text;
    },
  });
  return { code, ...out };
}
const cdi = (): string => join(folder.path, 'cdi');
const file = (): string => join(cdi(), 'hpe.com-cxi.yaml');
const plain = (text: string): string => text.replaceAll(host.folder, '/HOST').replaceAll(folder.path, '/TMP');

describe('cxi-cdi-generator', () => {
  test('writes the specification of both generations, with the libraries at their own paths', async () => {
    const env = await simulate({ nics: [{ generation: 1 }, { generation: 2 }] });
    expect(await run([], env)).toMatchObject({ code: 0, stdout: '' });
    expectGolden('generator.yaml', plain(readFileSync(file(), 'utf8')));
  });

  test('a NIC that cannot be read keeps the file as it is: it must not lose one that is there', async () => {
    const env = await simulate({ nics: [{ generation: 1 }, { generation: 2 }] });
    await run([], env);
    const before = readFileSync(file(), 'utf8');
    // Reading address 0 of a process fails with EIO, as the file of a broken driver may.
    const vendor = host.root.path(`${host.hardware.cxi.nic('cxi0').folder}/vendor`);
    rmSync(vendor);
    symlinkSync('/proc/self/mem', vendor);
    const { code, stderr } = await run([], env);
    expect([code, stderr]).toEqual([1, expect.stringMatching(/the NICs cannot be read: \S*vendor \(EIO\)/)]);
    expect(readFileSync(file(), 'utf8')).toBe(before);
  });

  test('--dry-run prints the specification and writes nothing', async () => {
    const env = await simulate({ nics: [{ generation: 1 }, { generation: 2 }] });
    const { code, stdout } = await run(['-n'], env);
    expect(code).toBe(0);
    expectGolden('generator.yaml', plain(stdout));
    expect(existsSync(cdi())).toBe(false);
  });

  test('brings a specification that is there up to date, and keeps its environment list', async () => {
    const env = await simulate({ nics: [{ generation: 1 }] });
    const vars = join(folder.path, 'vars.yaml');
    writeFileSync(vars, 'env:\n  - FI_PROVIDER=cxi\n  - FI_CXI_OPTS=a=b\n');
    await run([`--env-vars=${vars}`], env);
    await host.hardware.cxi.plug({ generation: 2 });
    expect(await run([], env)).toMatchObject({ code: 0 });
    const spec = await parseCdiSpec(readFileSync(file(), 'utf8'));
    expect(spec).toMatchObject({
      value: { containerEdits: { env: ['FI_PROVIDER=cxi', 'FI_CXI_OPTS=a=b'] } },
    });
    expect(spec.ok && spec.value.devices.map(({ name }) => name)).toEqual(['0', '1', 'all', 'cxi0', 'cxi1']);
  });

  test('replaces one it cannot read, and says so', async () => {
    const env = await simulate({ nics: [{ generation: 1 }] });
    mkdirSync(cdi());
    writeFileSync(file(), 'kind: [');
    const { code, stderr } = await run([], env);
    expect(code).toBe(0);
    expect(stderr).toContain(`replacing ${file()}: not YAML`);
    expect(await parseCdiSpec(readFileSync(file(), 'utf8'))).toMatchObject({ ok: true });
  });

  test('removes the specification when the last NIC is gone', async () => {
    const env = await simulate({ nics: [{ generation: 1 }] });
    await run([], env);
    await host.hardware.cxi.unplug('cxi0');
    const { code, stderr } = await run([], env);
    expect({ code, there: existsSync(file()) }).toEqual({ code: 0, there: false });
    expect(stderr).toContain('there is no NIC with a device node');
  });

  test('a NIC without a device node is left out and named', async () => {
    const env = await simulate({ nics: [{ generation: 1 }, { generation: 1 }] });
    rmSync(join(host.folder, 'dev/cxi1'));
    const { stderr, stdout } = await run(['-n'], env);
    expect(stderr).toMatch(/cxi1: pf [0-9a-f:.]+, left out: no \/dev\/cxi1/);
    expect(stdout).not.toContain('cxi1');
  });

  test('/dev/xpmem only where it is', async () => {
    const env = await simulate({ nics: [{ generation: 1 }], xpmem: true });
    expect((await run(['-n'], env)).stdout).toContain('path: /dev/xpmem');
  });

  test('--ldcache-hook adds the hook, which is off otherwise', async () => {
    const env = await simulate({ nics: [{ generation: 1 }] });
    expect((await run(['-n'], env)).stdout).not.toContain('hooks');
    expect((await run(['-n', '--ldcache-hook=/usr/bin/hook'], env)).stdout).toContain('path: /usr/bin/hook');
  });

  test('a root reached through a link is followed', async () => {
    const env = await simulate({ nics: [{ generation: 1 }] });
    const link = join(folder.path, 'link');
    symlinkSync(host.folder, link);
    const linked = { ...env, SYSFS_ROOT: join(link, 'sys'), DEVFS_ROOT: join(link, 'dev') };
    const { stdout } = await run(['-n'], linked);
    expect(stdout).toContain(`hostPath: ${link}/dev/cxi0`);
  });

  test('no library at all: exit 1 with what to set', async () => {
    const env = await simulate({ nics: [{ generation: 1 }], libraries: false });
    const { code, stderr } = await run([], env);
    expect(code).toBe(1);
    expect(stderr).toContain('OFI_ROOT and CXI_ROOT');
    expect(existsSync(file())).toBe(false);
  });

  test('a root that does not hold what is looked for is passed over, with a notice', async () => {
    const env = await simulate({ nics: [{ generation: 1 }] });
    const { stderr } = await run(['-n'], { ...env, OFI_ROOT: join(host.folder, 'etc') });
    expect(stderr).toContain(
      `OFI_ROOT=${join(host.folder, 'etc')} does not hold what is looked for, trying /opt/cray/lib64`,
    );
  });

  test('a folder that cannot be made: exit 1 at once with the folder and the remedy', async () => {
    const env = await simulate({ nics: [{ generation: 1 }] });
    const { code, stderr } = await run(['--cdi-dir', '/proc/nope'], env);
    expect(code).toBe(1);
    expect(stderr).toContain(
      'cannot make the folder /proc/nope: ENOENT (choose a folder on a file system that takes new ones)',
    );
  });

  test.each([
    ['env: x', /holds no list "env" \(write it like: env: \[FI_PROVIDER=cxi\]\)/],
    ['env: [a b]', /"a b" is not NAME=VALUE/],
    ['env: [', /cannot read/],
  ])('an environment file with %j is refused', async (text, message) => {
    const env = await simulate({ nics: [{ generation: 1 }] });
    const vars = join(folder.path, 'vars.yaml');
    writeFileSync(vars, text);
    const { code, stderr } = await run(['--env-vars', vars], env);
    expect(code).toBe(1);
    expect(stderr).toMatch(message);
  });

  test.each([
    [['--frobnicate'], "Unknown option '--frobnicate'"],
    [['-V', '9'], '--verbose: "9" is not a level from 0 to 5'],
    [['somewhere'], "Unexpected argument 'somewhere'"],
  ])('%j: exit 2', async (argv, message) => {
    const { code, stderr } = await run(argv, {});
    expect(code).toBe(2);
    expect(stderr).toContain(message);
  });

  test('-V 0 is silent, -V 2 names every library', async () => {
    const env = await simulate({ nics: [{ generation: 1 }] });
    expect((await run(['-V', '0'], env)).stderr).toBe('');
    expect((await run(['-V', '2'], env)).stderr).toContain('libfabric.so.1 from ');
  });

  test('--help and --version', async () => {
    expect((await run(['-h'], {})).stdout).toContain('Usage: cxi-cdi-generator');
    expect(await run(['-v'], {})).toEqual({ code: 0, stdout: 'cxi-cdi-generator 1.2.3\n', stderr: '' });
  });
});
