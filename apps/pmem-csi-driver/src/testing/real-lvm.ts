import { mkdir, rename, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { systemClock } from '@rackwright/core';
import { HostRoot, SystemProcessRunner } from '@rackwright/host';
import { pmem as keys } from '@rackwright/keys';
import { HostTools } from '@rackwright/storage';
import type { PmemHost } from './pmem-host.ts';
import { writeProgram } from './tool-mishaps.ts';

const runner = new SystemProcessRunner(systemClock);
const machine = new HostTools({ runner, root: new HostRoot('/'), entry: 'tree' });

/**
 * Puts the real LVM in the place of a node's simulated one. All that it writes on the
 * disks is its own, on a loop device; of the kernel's device mapper, which not every
 * machine has, the simulated one goes on to show the volumes. The first region becomes
 * one namespace, as the driver would make it.
 */
export async function useRealLvm({ folder, host }: PmemHost): Promise<AsyncDisposable> {
  const { root } = host;
  const tools = new HostTools({ runner, root, entry: 'tree' });
  const namespace = ['-r', 'region0', '-m', 'fsdax', '-n', keys.namespaceName];
  await tools.expect(['ndctl', 'create-namespace', ...namespace]);
  const device = (await machine.expect(['losetup', '-f', '--show', root.path(root.dev('pmem0'))])).trim();
  const lvm = join(folder, 'lvm');
  const seen = join(lvm, 'dev');
  await mkdir(seen, { recursive: true });
  await symlink(device, join(seen, 'pmem0'));
  await writeFile(join(lvm, 'lvm.conf'), configOf(seen, join(lvm, 'lock')));
  const program = root.path('/usr/sbin/lvm');
  await rename(program, `${program}.simulated`);
  await writeProgram(program, scriptOf({ system: lvm, seen, simulated: `${program}.simulated` }));
  return {
    [Symbol.asyncDispose]: async () => {
      await machine.expect(['losetup', '-d', device]);
    },
  };
}

function configOf(seen: string, locks: string): string {
  return `global { activation=0 use_lvmpolld=0 locking_dir="${locks}" }
backup { backup=0 archive=0 }
devices { use_devicesfile=0 obtain_device_list_from_udev=0 dir="${seen}" scan=[ "${seen}" ] }
`;
}

/** `lvm COMMAND --config TEXT WORD…` */
function scriptOf(paths: {
  readonly system: string;
  readonly seen: string;
  readonly simulated: string;
}): string {
  const dev = new HostRoot().dev();
  return `export LVM_SYSTEM_DIR='${paths.system}' LVM_SUPPRESS_FD_WARNINGS=1
command=$1
shift 3
real() {
  command=$1
  shift
  words=
  for word; do
    case $word in ${dev}/pmem*) word='${paths.seen}'/\${word#${dev}/} ;; esac
    words="$words $word"
  done
  lvm "$command" $words
}
for last; do :; done
case $command in
fullreport) real fullreport "$@" | sed 's|${paths.seen}/|${dev}/|g' ;;
lvcreate) real lvcreate "$@" && '${paths.simulated}' lvchange --activate y "$last/$2" ;;
lvextend) real lvextend "$@" && '${paths.simulated}' lvchange --refresh "$last" ;;
lvremove) '${paths.simulated}' lvchange --activate n "$last" && real lvremove "$@" ;;
lvchange) '${paths.simulated}' lvchange "$@" ;;
*) real "$command" "$@" ;;
esac
`;
}
