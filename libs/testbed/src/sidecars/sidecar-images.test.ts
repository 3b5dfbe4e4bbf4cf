import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { type TemporaryFolder, temporaryFolder } from '../process/temporary-folder.ts';
import { sidecarImages } from './sidecar-images.ts';

let folder: TemporaryFolder;
beforeEach(async () => {
  folder = await temporaryFolder('rwsidecar-');
});
afterEach(() => folder[Symbol.asyncDispose]());

/** Runs the image of a program that prints its arguments, in a container whose /csi is a folder of the node. */
function run(flags: readonly string[]): string[] {
  const program = join(folder.path, 'program');
  writeFileSync(program, '#!/bin/sh\nfor word; do echo "$word"; done\n');
  chmodSync(program, 0o755);
  const root = join(folder.path, 'root');
  const account = join(root, 'var/run/secrets/kubernetes.io/serviceaccount');
  mkdirSync(account, { recursive: true });
  writeFileSync(join(account, 'namespace'), 'pmem');
  mkdirSync(join(folder.path, 'node/plugins'), { recursive: true });
  if (!existsSync(join(root, 'csi'))) symlinkSync(join(folder.path, 'node/plugins'), join(root, 'csi'));
  const image = sidecarImages({ 'csi-provisioner': program })(
    'registry.k8s.io/sig-storage/csi-provisioner:v6',
  );
  const [shell = '', script = '', name = ''] = image?.entrypoint ?? [];
  const files = image?.files ?? {};
  const { stdout, stderr } = spawnSync(shell, [files[script] ?? '', files[name] ?? '', ...flags], {
    encoding: 'utf8',
    env: {
      ...image?.env,
      RACKWRIGHT_SANDBOX_ROOT: root,
      RACKWRIGHT_SANDBOX_ADDRESS: '127.9.8.7',
      KUBERNETES_SERVICE_HOST: '127.0.0.1',
      KUBERNETES_SERVICE_PORT: '6443',
    },
  });
  expect(stderr).toBe('');
  return stdout.trimEnd().split('\n');
}

test('paths and ports of the container become ones of this machine, other flags stay', () => {
  const flags = ['-v=3', '--csi-address=/csi/csi.sock', '--metrics-address=:10011', '--a=b c*'];
  expect(run(flags)).toEqual([
    `--kubeconfig=${join(folder.path, 'root/kubeconfig.json')}`,
    '-v=3',
    `--csi-address=unix://${join(folder.path, 'node/plugins/csi.sock')}`,
    '--metrics-address=127.9.8.7:10011',
    '--a=b c*',
  ]);
  expect(run(['--csi-address=unix:///csi/csi.sock'])[1]).toBe(
    `--csi-address=unix://${join(folder.path, 'node/plugins/csi.sock')}`,
  );
});

test('the program calls the API server as the account of its pod', () => {
  run([]);
  const account = join(folder.path, 'root/var/run/secrets/kubernetes.io/serviceaccount');
  expect(JSON.parse(readFileSync(join(folder.path, 'root/kubeconfig.json'), 'utf8'))).toMatchObject({
    clusters: [
      { cluster: { server: 'https://127.0.0.1:6443', 'certificate-authority': join(account, 'ca.crt') } },
    ],
    users: [{ user: { tokenFile: join(account, 'token') } }],
    contexts: [{ context: { namespace: 'pmem' } }],
  });
});

test('a sidecar whose program was not asked for, and other images, cannot be had', () => {
  const images = sidecarImages({ 'csi-provisioner': '/p' });
  expect(images('registry.k8s.io/sig-storage/csi-resizer:v2')).toBeUndefined();
  expect(images('nginx')).toBeUndefined();
});
