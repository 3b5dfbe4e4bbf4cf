import { Lvm, mount } from '@rackwright/storage';
import { expectEqual } from '../../expect.ts';
import type { MachineEnvironment } from '../machine-suite.ts';
import { cacheDrives, hostDrive, usableBytes } from './drives.ts';
import { deviceOf, guestTools } from './guest-host.ts';
import { clearJournal, installJournal } from './journal.ts';
import { GuestPlugin, startKubelet, untilKubeletSees } from './plugin.ts';
import type { WantedUnits } from './testing/kubelet-protocol.ts';

/** Where the plugin keeps what must survive a power loss. */
const stateFolder = '/var/lib/ai100';
export const hostPath = '/mnt/nvme0';

/** What makes the drives of QEMU AI100 drives: the rules are settings. Quick where the defaults are slow. */
export async function pluginFlags({ machine }: MachineEnvironment, serials = serialsOf()): Promise<string[]> {
  const [controller = ''] = await machine.call('list', { path: '/sys/class/nvme' });
  const revision = await machine.call('read', { path: `/sys/class/nvme/${controller}/firmware_rev` });
  return [
    '--match=Model',
    '--model-pattern=^only the drives named$',
    `--allow-serials=${serials.join(',')}`,
    // All of QEMU's drives have its version for a revision.
    `--firmware=${(revision ?? '').trim().slice(0, 2)}`,
    ...['--cache-settle=0s', '--discovery-interval=10s', '--health-poll=5s', '--health-command-timeout=4s'],
  ];
}

function serialsOf(): string[] {
  return cacheDrives.map(({ serial }) => serial);
}

/** Makes the guest a host that has just booted: its own drive mounted, and the journal there. */
export async function bootHost(testEnv: MachineEnvironment): Promise<void> {
  if (await isHostDriveMounted(testEnv)) return;
  await mountHostDrive(testEnv);
  await installJournal(testEnv);
}

async function isHostDriveMounted({ machine }: MachineEnvironment): Promise<boolean> {
  return (await machine.run(['mountpoint', '-q', stateFolder])).code === 0;
}

/** Puts what agents keep on the host onto its own drive. */
export async function mountHostDrive(testEnv: MachineEnvironment): Promise<void> {
  const source = await deviceOf(testEnv, hostDrive);
  await testEnv.machine.run(['mkdir', '-p', stateFolder]);
  await mount(guestTools(testEnv), { source, target: stateFolder, type: 'ext4', options: [] });
}

/** A host whose agents have left nothing: what they kept is gone, and the journal is empty. */
export async function freshHost(testEnv: MachineEnvironment): Promise<void> {
  const { machine } = testEnv;
  const source = await deviceOf(testEnv, hostDrive);
  const probe = await machine.run(['blkid', '--probe', source]);
  if (probe.code !== 0) await machine.run(['mkfs.ext4', '-q', source]);
  await bootHost(testEnv);
  await startKubelet(testEnv);
  await machine.run(['sh', '-c', `rm -rf ${stateFolder}/* /run/ai100 ${hostPath}; sync`]);
  await clearJournal(testEnv);
}

/** Every unit of the cache, offered by this plugin and none before it. */
export function allUnitsOf({ registrationsBefore: registeredAfter }: GuestPlugin): WantedUnits {
  return { count: cacheDrives.length, health: 'Healthy', registeredAfter };
}

/** Starts the plugin and waits until every unit of the cache is offered. */
export async function startUntilReady(
  testEnv: MachineEnvironment,
  flags: readonly string[],
): Promise<GuestPlugin> {
  const plugin = await GuestPlugin.start(testEnv, flags);
  try {
    await untilKubeletSees(testEnv, allUnitsOf(plugin));
    return plugin;
  } catch (error) {
    await plugin.endIfRunning();
    throw error;
  }
}

/** What the cache is to LVM and the kernel. @throws naming what of it is not as specified */
export async function expectCache(testEnv: MachineEnvironment): Promise<void> {
  const { vgs, lvs } = await new Lvm(guestTools(testEnv)).report();
  expectEqual(
    'volume groups',
    vgs.map(({ name, missingPvs }) => [name, missingPvs]),
    [['vg_aidaptiv', 0]],
  );
  const size = cacheDrives.map(usableBytes).reduce((sum, bytes) => sum + bytes, 0n);
  expectEqual(
    'logical volumes',
    lvs.map(({ name, stripes, stripeBytes, sizeBytes, active, partial }) => ({
      ...{ name, stripes, stripeBytes, sizeBytes, active, partial },
    })),
    [{ name: 'cache', stripes: 2, stripeBytes: 131_072n, sizeBytes: size, active: true, partial: false }],
  );
  const tags = lvs[0]?.tags ?? [];
  expectEqual(
    'ready, and not formatting',
    [tags.includes('ai100.ready'), tags.includes('ai100.formatting')],
    [true, false],
  );
}

/** What the plugin says of drives, volumes and units. */
export async function pluginStatus({ machine }: MachineEnvironment): Promise<PluginStatus> {
  const { stdout } = await machine.run(['busybox', 'wget', '-qO-', 'http://127.0.0.1:8084/status']);
  return JSON.parse(stdout) as PluginStatus;
}

/** Why a drive is not taken. */
export interface Blocker {
  readonly gate?: number;
  readonly name: string;
  readonly serial?: string;
  readonly detail: string;
}

/** The parts of the plugin's `/status` that cases look at. */
export interface PluginStatus {
  readonly cache: {
    readonly state: string;
    readonly blockers: readonly Blocker[];
    readonly volumes: readonly { readonly blockers: readonly Blocker[] }[];
  };
}
