import { describe, expect, test } from '@jest/globals';
import { type TarEntry, tarEntry, writeTar } from '@rackwright/testbed/without-nodes';
import { layerOf } from '../oci/image.ts';
import { fileSystem } from './file-system.ts';
import { findingsOf, violationsOf } from './findings.ts';
import { scanReport } from './report.ts';
import { scanImage } from './scan.ts';

const passwd = tarEntry('etc/passwd', 'file', 0o644, {
  data: Buffer.from('root:x:0:0\nnonroot:x:65532:65531::\n'),
});
const node = tarEntry('usr/bin/node', 'file', 0o755, { data: Buffer.alloc(1000) });
const clean = [passwd, node];

function violations(entry: TarEntry | undefined, user = '65532:65532'): string[] {
  return violationsOf('x', findingsOf(fileSystem([clean, entry === undefined ? [] : [entry]]), user));
}

describe('the scan', () => {
  test('finds nothing in an image of ours', () => {
    expect(violations(undefined)).toEqual([]);
    expect(findingsOf(fileSystem([clean]), '65532').programs).toEqual(['/usr/bin/node']);
  });

  const own = { uid: 65532, gid: 0 };
  const capability = new Map([['security.capability', 'x']]);
  test.each([
    [
      'a set-uid program',
      tarEntry('usr/bin/umount', 'file', 0o4755),
      '/usr/bin/umount has the set-uid or set-gid bit',
    ],
    [
      'a set-gid program',
      tarEntry('usr/bin/wall', 'file', 0o2755),
      '/usr/bin/wall has the set-uid or set-gid bit',
    ],
    [
      'a hard link to a set-uid program',
      tarEntry('usr/bin/su', 'link', 0o4755, { target: 'usr/bin/node' }),
      '/usr/bin/su has the set-uid or set-gid bit',
    ],
    [
      'a file everybody may write',
      tarEntry('etc/hosts', 'file', 0o666),
      '/etc/hosts is writable by everybody',
    ],
    ['a folder everybody may write', tarEntry('tmp', 'directory', 0o777), '/tmp is writable by everybody'],
    ['a file of its user', tarEntry('app/x', 'file', 0o644, own), "/app/x is writable by the image's user"],
    [
      'a file of its group',
      tarEntry('app/x', 'file', 0o664, { gid: 65532 }),
      "/app/x is writable by the image's user",
    ],
    [
      'a shell',
      tarEntry('bin/sh', 'symlink', 0o777, { target: 'dash' }),
      '/bin/sh is a shell or installs things',
    ],
    ['a package manager', tarEntry('opt/npm', 'file', 0o755), '/opt/npm is a shell or installs things'],
    [
      'capabilities',
      tarEntry('bin/ping', 'file', 0o755, { xattrs: capability }),
      '/bin/ping carries capabilities',
    ],
  ])('finds %s', (_, entry, violation) => {
    expect(violations(entry)).toEqual([`x: ${violation}`]);
  });

  test('lets a sticky folder and read-only files of its user pass', () => {
    expect(violations(tarEntry('tmp', 'directory', 0o1777))).toEqual([]);
    expect(violations(tarEntry('app/x', 'file', 0o444, own))).toEqual([]);
  });

  test.each(['', '0', 'root', '0:0', 'nobody-knows'])('USER %j counts as root', (user) => {
    expect(violations(undefined, user)).toEqual([expect.stringMatching(/^x: runs as root/)]);
  });

  test('a user given by name has the number and the group of passwd', () => {
    expect(violations(tarEntry('x', 'file', 0o644, own), 'nonroot')).toHaveLength(1);
    expect(violations(tarEntry('x', 'file', 0o060, { gid: 65531 }), 'nonroot')).toHaveLength(1);
  });

  test('what an upper layer removed is not found', () => {
    const lower = [tarEntry('bin/sh', 'file', 0o755), tarEntry('opt/a/npm', 'file', 0o755)];
    const upper = [tarEntry('bin/.wh.sh', 'file', 0), tarEntry('opt/a/.wh..wh..opq', 'file', 0)];
    expect([...fileSystem([clean, lower, upper]).keys()]).toEqual(['etc/passwd', 'usr/bin/node']);
  });
});

test('the report counts a layer that images share once', async () => {
  const shared = layerOf(await writeTar(clean), 'COPY base');
  const settings = {
    architecture: 'amd64',
    user: '65532',
    env: [],
    entrypoint: ['/usr/bin/node'],
    command: [],
    workingDir: '',
    labels: {},
  };
  const scanned = async (name: string) => {
    const own = await writeTar([tarEntry(name, 'file', 0o644, { data: Buffer.alloc(1_000_000) })]);
    const layers = [shared, layerOf(own, 'COPY app')];
    return scanImage(name, { reference: name, created: new Date(0), settings, layers });
  };
  const images = [await scanned('a'), await scanned('b')];
  const report = scanReport(images);
  expect(report).toMatch(/^\| all together, shared layers once \| \S+ MB \| 2\.00 MB \|/m);
  expect(report).toMatch(/^\| `[0-9a-f]{12}` \| `COPY base` \| 0\.00 MB \| all \|$/m);
  expect(report).toMatch(/^\| a \| 65532 \| `\/usr\/bin\/node` \|$/m);
  expect(report).toMatch(/^\| b \| none \| none \| none \| none \| none \| \/usr\/bin\/node \|$/m);
});
