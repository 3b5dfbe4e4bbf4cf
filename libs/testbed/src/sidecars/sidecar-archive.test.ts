import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { temporaryFolder } from '../process/temporary-folder.ts';
import { readTar } from '../tar/read-tar.ts';
import { staticImageArchive } from './sidecar-archive.ts';

test('the image has the program, its name and every blob it names', async () => {
  await using folder = await temporaryFolder('rwoci-');
  const program = join(folder.path, 'program');
  await writeFile(program, 'a program');
  const reference = 'registry.k8s.io/sig-storage/csi-provisioner:v6.4.0';
  const archive = await staticImageArchive({ reference, name: 'csi-provisioner', program });
  const files = new Map((await readTar(archive)).map(({ path, data }) => [path, data]));
  const blob = ({ digest, size }: { digest: string; size: number }): Buffer => {
    const data = files.get(`blobs/${digest.replace(':', '/')}`) ?? Buffer.alloc(0);
    expect(`sha256:${createHash('sha256').update(data).digest('hex')}`).toBe(digest);
    expect(data.length).toBe(size);
    return data;
  };
  const [manifest] = JSON.parse(String(files.get('index.json'))).manifests;
  expect(manifest.annotations).toEqual({ 'io.containerd.image.name': reference });
  const { config, layers } = JSON.parse(String(blob(manifest)));
  expect(JSON.parse(String(blob(config)))).toMatchObject({
    os: 'linux',
    config: { Entrypoint: ['/csi-provisioner'], User: '65532:65532' },
    rootfs: { diff_ids: [layers[0].digest] },
  });
  const [entry] = await readTar(blob(layers[0]));
  expect(entry).toMatchObject({ path: 'csi-provisioner', mode: 0o755, data: Buffer.from('a program') });
});
