import type { GuestKernel } from './guest-kernel.ts';

/** What the first process of a guest is made from. */
export interface FirstProcessOptions {
  readonly kernel: GuestKernel;
  readonly node: string;
  /** Bundle of the guest's agent, by its path in the guest. */
  readonly agent: string;
  readonly modules: readonly string[];
}

/**
 * LVM's settings for a machine without udev: it looks for devices and makes
 * their nodes itself. They lie where LVM reads a host's own settings, so that
 * what is tested passes nothing of it.
 */
const lvmSettings = `devices { use_devicesfile=0 obtain_device_list_from_udev=0 external_device_info_source="none" }
activation { udev_sync=0 udev_rules=0 monitoring=0 }
global { event_activation=0 }`;

/**
 * The script that is the first process of a guest once its root is there. It
 * starts the agent, reaps what others leave behind, and switches the machine
 * off when the agent ends.
 */
export function firstProcess({ kernel, node, agent, modules }: FirstProcessOptions): string {
  return `#!/bin/sh
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root
# As systemd leaves it: what is mounted here is seen in every namespace below.
mount --make-rshared /
mkdir -p /dev/pts /dev/shm /run/lock /lib/modules
mount -t devpts devpts /dev/pts
mount -t tmpfs tmpfs /dev/shm
ln -sf /proc/self/fd /dev/fd
busybox ip link set lo up
rm -rf /etc/modprobe.d /etc/lvm/backup /etc/lvm/archive /etc/lvm/devices
mkdir -p /etc/modprobe.d /etc/lvm
rm -rf /lib/modules/${kernel.release}
ln -s ${kernel.modules} /lib/modules/${kernel.release}
cat > /etc/lvm/lvmlocal.conf <<'END'
${lvmSettings}
END
${modules.map((name) => `modprobe ${name}`).join('\n')}
echo 0 > /proc/sys/kernel/printk_ratelimit
UV_THREADPOOL_SIZE=8 ${node} --enable-source-maps ${agent}
busybox poweroff -f
`;
}
