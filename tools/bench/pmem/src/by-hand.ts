import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * The same tools in a script, for `count` volumes one after the other.
 *
 * @returns the seconds of the processor that it and its programs used
 */
export function byHand(folder: string, count: number, bytes: bigint): number {
  const script = `set -e
cd ${folder}
for round in $(seq ${count}); do
fallocate -l ${bytes} file
device=$(losetup -f --show file)
blkid --probe $device && exit 1
mkfs.ext4 -q -b 4096 -E stride=512,stripe_width=512 -F $device
mkdir -p hand pod
mount -t ext4 $device hand
mount --bind hand pod
umount pod
rmdir pod
umount hand
losetup -d $device
dd if=/dev/zero of=file bs=4096 count=1 conv=notrunc,fsync
rm file
done
times >times`;
  const { status, stderr } = spawnSync('bash', ['-c', script], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`the script exited with ${status}: ${stderr}`);
  return sum(readFileSync(join(folder, 'times'), 'utf8'));
}

/** Adds up what bash says of itself and its children, such as `0m1.234s`. */
function sum(times: string): number {
  const parts = [...times.matchAll(/(\d+)m([\d.]+)s/g)];
  return parts.reduce((seconds, [, minutes, rest]) => seconds + Number(minutes) * 60 + Number(rest), 0);
}
