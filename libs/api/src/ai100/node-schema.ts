import { healthStates } from '@rackwright/hardware-nvme';
import * as z from 'zod';
import { conditions } from '../schema/core-types.ts';
import { described, int32, int64, text, timestamp } from '../schema/fields.ts';

const name = (what: string) => described(text(256).optional(), what);
/** A count of up to 128 bits. */
const count = (what: string) =>
  described(
    text(40)
      .regex(/^[0-9]+$/)
      .optional(),
    what,
  );

const smart = z.object({
  criticalWarning: described(int32(0, 255).optional(), 'Bitmap of the critical warning.'),
  temperatureCelsius: described(int32(-273).optional(), 'Temperature of the drive.'),
  availableSpare: described(int32(0, 255).optional(), 'Percent of the spare blocks that are left.'),
  spareThreshold: described(int32(0, 255).optional(), 'Percent below which the drive warns.'),
  percentageUsed: described(int32(0, 255).optional(), 'Percent of the rated endurance that is used.'),
  dataUnitsRead: count('Units of 512,000 bytes that were read.'),
  dataUnitsWritten: count('Units of 512,000 bytes that were written.'),
  powerOnHours: count('Hours the drive was on.'),
  unsafeShutdowns: count('How often its power was lost.'),
  mediaErrors: count('Errors of the media.'),
});

const device = z.object({
  serial: described(text(64), 'Serial number of the drive, or what stands for it.'),
  controller: name('Name of its controller now, such as nvme1.'),
  namespace: name('Name of its block device now, such as nvme1n1.'),
  pciAddress: name('PCI address, such as 0000:41:00.0.'),
  numaNode: described(int32(0).optional(), 'NUMA node the drive is attached to.'),
  model: name('Model of the drive.'),
  firmware: name('Firmware revision of the drive.'),
  sizeBytes: described(int64(0).optional(), 'Size of the drive.'),
  eligible: described(z.boolean(), 'Whether the drive may be part of a cache.'),
  managed: described(z.boolean().optional(), 'Whether it is part of a cache, which one that died stays.'),
  reason: name('One word a program can read for why it is not, or for its health.'),
  message: described(text(1024).optional(), 'The same for people.'),
  health: described(z.enum(healthStates).optional(), 'Health of the drive. Unknown is not healthy.'),
  healthSince: described(timestamp().optional(), 'When the health last changed.'),
  smart: described(smart.optional(), 'What the drive says of itself.'),
  resets1h: described(int32(0).optional(), 'How often its controller was reset within the last hour.'),
  resetTimes: described(z.array(timestamp()).max(16).optional(), 'When that was.'),
});

const blocker = z.object({
  gate: described(int32(1, 8).optional(), 'Number of the safety gate, absent for other reasons.'),
  name: described(text(128), 'Name of the gate or reason.'),
  serial: described(text(64).optional(), 'Serial number of the drive it is about.'),
  detail: described(text(1024), 'What was found.'),
});

const cacheStates = [
  'Pending',
  'Settling',
  'Creating',
  'Ready',
  'Blocked',
  'MountFailed',
  'Lost',
  'Rebuilding',
] as const;

const cache = z.object({
  layout: described(z.enum(['Striped', 'PerDevice']).optional(), 'How the cache is laid out.'),
  vg: name('LVM volume group.'),
  lv: name('LVM logical volume.'),
  lvUUID: name('LVM identity of the volume.'),
  stripes: described(int32(0).optional(), 'Drives the volume is striped over.'),
  sizeBytes: described(int64(0).optional(), 'Size of the volume.'),
  filesystem: name('File system on it.'),
  fsUUID: name('Identity of the file system.'),
  mounted: described(z.boolean().optional(), 'Whether it is mounted.'),
  hostPath: name('Where on the node it is mounted.'),
  usedBytes: described(int64(0).optional(), 'How much of it is used.'),
  staleConsumers: described(
    z.boolean().optional(),
    'Containers hold the cache as it was before its drives went and came back; it is mounted anew once they end.',
  ),
  state: described(z.enum(cacheStates).optional(), 'Where the cache stands.'),
  blockers: described(z.array(blocker).max(100).optional(), 'Why it is not made.'),
});

const recovery = z.object({
  inProgress: described(z.boolean().optional(), 'Whether a recovery action runs.'),
  lastAction: name('What was last done.'),
  lastResult: name('What came of it.'),
  attempts: described(int32(0).optional(), 'Attempts since a drive was last healthy.'),
  nextAttemptTime: described(timestamp().optional(), 'Before when nothing is tried.'),
  quarantinedSerials: described(
    z.array(text(64)).max(100).optional(),
    'Serial numbers of drives that are left to people.',
  ),
  bootID: name('Boot of the node that the numbers speak of.'),
});

/** `.status` of an AidaptivCacheNode. */
export const aidaptivCacheNodeStatusSchema = z.object({
  devices: described(
    z
      .array(device)
      .max(100)
      .optional()
      .meta({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['serial'] }),
    'Drives of the node.',
  ),
  cache: described(cache.optional(), 'The cache; of several ones, the first that is not ready.'),
  units: described(
    z
      .object({
        capacity: described(int32(0), 'Units of the node.'),
        healthy: described(int32(0), 'Those that pods may get.'),
        allocated: described(
          int32(0).optional(),
          'Those that pods have. Absent while the kubelet does not say so.',
        ),
      })
      .optional(),
    'Units the node offers.',
  ),
  recovery: described(recovery.optional(), 'What is done about failed drives.'),
  agentVersion: name('Version of the agent that wrote this.'),
  heartbeatTime: described(
    timestamp().optional(),
    'When the agent last said that it looks after the node, at least every five minutes.',
  ),
  conditions: described(
    conditions,
    'CacheReady, DevicesHealthy, FirmwareCompliant and ToolsAvailable; True is good.',
  ),
});
