import { SimulatedHost } from '@rackwright/simulator';
import type { PluginFamily, Wanted } from '../plugin-family.ts';

const drives = 8;
const serials = Array.from({ length: drives }, (_, i) => `AI1E2T024000000${i + 1}`);
const ids = serials.map((serial) => `ai100-${serial.toLowerCase()}`);
const sizes = [1, 2, 8];
/** `--health-poll`, the shortest it takes. */
const pollMs = 5_000;

/** A drive that fails more often than that is quarantined, and nobody is told that it is well again. */
const entriesAnHour = 3;

/** A striped volume has the health of all of its drives. */
const all =
  (health: string): Wanted =>
  (devices) =>
    devices.length === drives && devices.every((device) => device.health === health);

function answer(count: number) {
  return {
    envs: {
      AI100_CACHE_PATH: '/mnt/nvme0',
      NVME_PATH: '/mnt/nvme0',
      AI100_UNITS: String(count),
      AI100_UNIT_IDS: ids.slice(0, count).join(),
      AI100_CACHE_BYTES: '16003182362624',
      AI100_CACHE_LAYOUT: 'Striped',
    },
    mounts: [{ containerPath: '/mnt/nvme0', hostPath: '/mnt/nvme0', readOnly: false }],
    devices: [],
    annotations: {},
    cdiDevices: [],
  };
}

/** AI100 drives with one striped cache; the start that is measured finds the cache made. */
export const ai100: PluginFamily = {
  app: 'ai100-device-plugin',
  resource: 'phison.com/ai100',
  node: `${drives} drives, one striped cache`,
  sizes,
  ids: (size) => ids.slice(0, size),
  reference: {
    devices: ids.map((ID) => ({ ID, health: 'Healthy', topology: { nodes: [{ ID: 0 }] } })),
    answers: Object.fromEntries(sizes.map((size) => [size, answer(size)])),
  },
  createHost: (folder) =>
    SimulatedHost.create(folder, {
      nvme: serials.map((serial) => ({ serial, numaNode: 0 })),
      commands: true,
    }),
  args: (host) => [
    // Its programs are found there.
    `--node-root=${host.folder}`,
    `--health-poll=${pollMs / 1000}s`,
    '--health-command-timeout=4s',
    '--cache-settle=0s',
    '--clean-time=1s',
    '--recovery-mode=Off',
  ],
  idleArgs: (host) => [`--node-root=${host.folder}`],
  startLimitMs: 5_000,
  changes: ({ hardware: { nvme } }) => {
    let round = 0;
    const drive = (): string => `nvme${round % drives}`;
    return {
      'drive dead': { act: () => nvme.setState(drive(), 'dead'), wanted: all('Unhealthy') },
      'drive live again': {
        act: () => {
          nvme.setState(drive(), 'live');
          round += 1;
        },
        wanted: all('Healthy'),
      },
    };
  },
  mostChanges: drives * entriesAnHour,
  // Bad news within one look; good news after three clean ones.
  changeLimitMs: 4 * pollMs,
  changeWithinMs: pollMs,
  remark: `The plugin looks at its drives every ${pollMs / 1000} s here (--health-poll, 30 s by default): what it tells last waited for the next
look, half of that time on average, and for the programs of LVM and nvme-cli that the look runs, which are doubles
written in TypeScript here. A drive that comes back must be clean in three looks. The reference is told by inotify.`,
};
