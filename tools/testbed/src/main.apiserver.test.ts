import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, chmod, copyFile, mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { systemClock } from '@rackwright/core';
import {
  ProgramResolver,
  type TemporaryFolder,
  temporaryFolder,
  waitUntil,
} from '@rackwright/testbed/without-nodes';

const clock = systemClock;
const main = fileURLToPath(new URL('./main.ts', import.meta.url));
const nobody = 65_534;
let folder: TemporaryFolder;

beforeEach(async () => {
  folder = await temporaryFolder('rwcli-');
  await chmod(folder.path, 0o755);
});
afterEach(() => folder[Symbol.asyncDispose]());

interface Command {
  readonly child: ChildProcess;
  readonly output: { stdout: string; stderr: string };
  readonly ended: Promise<unknown>;
}

function command(args: readonly string[], env: NodeJS.ProcessEnv, uid?: number): Command {
  const child = spawn(process.execPath, ['--conditions=@rackwright/source', main, ...args], {
    env: { ...process.env, TMPDIR: '/tmp', ...env },
    ...(uid === undefined ? {} : { uid, gid: uid }),
  });
  const output = { stdout: '', stderr: '' };
  child.stdout?.on('data', (chunk: Buffer) => {
    output.stdout += chunk.toString();
  });
  child.stderr?.on('data', (chunk: Buffer) => {
    output.stderr += chunk.toString();
  });
  return { child, output, ended: once(child, 'close') };
}

async function kubeconfigOf({ child, output }: Command): Promise<string> {
  return waitUntil(
    'the control plane to be ready',
    () => {
      // Ended early: what it said is the reason.
      if (child.exitCode !== null) expect(output.stderr).toMatch(/ready at/);
      return /KUBECONFIG=(\S+)/.exec(output.stdout)?.[1];
    },
    { clock, deadlineMs: 90_000 },
  );
}

test('Ctrl-C ends the control plane and leaves nothing behind', async () => {
  const running = command(['control-plane'], {});
  const kubeconfig = await kubeconfigOf(running);
  expect(JSON.parse(await readFile(kubeconfig, 'utf8'))).toMatchObject({ kind: 'Config' });
  running.child.kill('SIGINT');
  await running.ended;
  expect(running.child.exitCode).toBe(0);
  await expect(access(kubeconfig)).rejects.toThrow(/ENOENT/);
}, 120_000);

/** Whether this process may become another user, and that user could read this checkout. */
function canBeNobody(): Promise<boolean> {
  if (process.getuid?.() !== 0) return Promise.resolve(false);
  const child = spawn(process.execPath, ['--version'], { uid: nobody, gid: nobody, stdio: 'ignore' });
  return new Promise((resolve) => {
    child.once('error', () => resolve(false)).once('exit', (code) => resolve(code === 0));
  });
}

const asNobody = (await canBeNobody()) ? test : test.skip;

asNobody(
  'a user without any rights runs it too (skipped unless root, who can become one)',
  async () => {
    const assets = join(folder.path, 'assets');
    const programs = new ProgramResolver({ env: process.env, clock, progress: () => undefined });
    await mkdir(assets);
    for (const [name, path] of Object.entries(await programs.resolveAll(['etcd', 'kube-apiserver']))) {
      await copyFile(path, join(assets, name));
      await chmod(join(assets, name), 0o755);
    }
    const env = { KUBEBUILDER_ASSETS: assets, HOME: '/nonexistent', XDG_CACHE_HOME: '' };
    const running = command(['control-plane'], env, nobody);
    await kubeconfigOf(running);
    running.child.kill('SIGTERM');
    await running.ended;
    expect(running.child.exitCode).toBe(0);
  },
  120_000,
);
