import { createHash } from 'node:crypto';
import { copyFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Clock, HwError } from '@rackwright/core';
import { makeFolder, SystemProcessRunner } from '@rackwright/host';
import { sandboxImage } from '../node-environment/configuration.ts';

/** What a sandbox runs until it is ended. */
const command = 'trap "exit 0" TERM INT; while :; do /bin/busybox sleep 3600 & wait; done';

/**
 * Writes the archive of an image that holds nothing but BusyBox, for sandboxes
 * and the pods in them, into `folder`: a guest needs no builder of images.
 *
 * @returns the archive's name in `folder`
 */
export async function makeSandboxArchive(folder: string, busybox: string, clock: Clock): Promise<string> {
  const build = join(folder, 'sandbox-image');
  await makeFolder(join(build, 'root/bin'));
  await copyFile(busybox, join(build, 'root/bin/busybox'));
  await tar(clock, ['-C', join(build, 'root'), '--file', join(build, 'layer.tar'), '.']);
  const digest = createHash('sha256')
    .update(await readFile(join(build, 'layer.tar')))
    .digest('hex');
  const config = {
    architecture: 'amd64',
    os: 'linux',
    config: { Entrypoint: ['/bin/busybox', 'sh', '-c', command] },
    rootfs: { type: 'layers', diff_ids: [`sha256:${digest}`] },
  };
  const manifest = [{ Config: 'config.json', RepoTags: [sandboxImage], Layers: ['layer.tar'] }];
  await writeFile(join(build, 'config.json'), JSON.stringify(config));
  await writeFile(join(build, 'manifest.json'), JSON.stringify(manifest));
  const name = 'sandbox.tar';
  const members = ['manifest.json', 'config.json', 'layer.tar'];
  await tar(clock, ['-C', build, '--file', join(folder, name), ...members]);
  return name;
}

async function tar(clock: Clock, words: readonly string[]): Promise<void> {
  const { code, stderr } = await new SystemProcessRunner(clock).run(['tar', '--create', ...words]);
  if (code !== 0) throw new HwError('Internal', `tar: ${stderr.trim()}`);
}
