import { expect, test } from '@jest/globals';
import { parseMountinfo } from '@rackwright/host';
import { MemoryFiles } from '../../../host/src/testing/memory-files.ts';
import { folder, put, putText } from '../../../host/src/testing/tree.ts';
import { diskUsers } from './users.ts';

const disk = '/sys/devices/pci0000:00/nvme/nvme0/nvme0n1';

function mountLine(id: number, device: string, mountPoint: string, source: string): string {
  return `${id} 1 ${device} / ${mountPoint} rw,relatime shared:1 - xfs ${source} rw`;
}

/** A host whose disk has a partition; notes which folders of devices are looked up. */
class Host extends MemoryFiles {
  readonly lookedUp: string[] = [];

  constructor() {
    const tree = folder();
    putText(tree, `${disk}/nvme0n1p1/partition`, '1\n');
    put(tree, '/sys/dev/block/259:1', {
      kind: 'link',
      target: '../../devices/pci0000:00/nvme/nvme0/nvme0n1/nvme0n1p1',
    });
    super(tree);
  }

  override resolve(path: string): string | undefined {
    if (path.startsWith('/sys/dev/block/')) this.lookedUp.push(path);
    return super.resolve(path);
  }
}

test('every mount of a disk is a use of it, and a disk is looked up once however often it is mounted', () => {
  const host = new Host();
  const mounts = parseMountinfo(
    [
      mountLine(20, '259:1', '/var', '/dev/nvme0n1p1'),
      mountLine(21, '0:25', '/run', 'tmpfs'),
      mountLine(22, '0:31', '/proc', 'proc'),
      mountLine(23, '259:1', '/var/lib/kubelet/pods/a', '/dev/nvme0n1p1'),
    ].join('\n'),
  );
  const devices = ['nvme0n1p1', 'nvme0n1'];
  expect(diskUsers(host, mounts)).toEqual([
    { use: 'mounted at /var', devices },
    { use: 'mounted at /var/lib/kubelet/pods/a', devices },
  ]);
  expect(host.lookedUp).toEqual(['/sys/dev/block/259:1']);
});
