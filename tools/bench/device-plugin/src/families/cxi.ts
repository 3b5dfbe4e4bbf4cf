import { SimulatedHost } from '@rackwright/simulator';
import type { PluginFamily, Wanted } from '../plugin-family.ts';

/** As large as Slingshot nodes get. */
const nics = 8;
/** The plugin's default. */
const slotsPerNic = 100;
const names = Array.from({ length: nics }, (_, i) => `cxi${i}`);

const isHealth =
  (wanted: string): Wanted =>
  (devices) =>
    devices.find(({ ID }) => ID === 'cxi0::0')?.health === wanted;
const has = (id: string): Wanted => {
  return (devices) => devices.some(({ ID }) => ID === id);
};

function answer(count: number) {
  const used = names.slice(0, count);
  return {
    envs: {
      CXI_DEVICE_COUNT: String(used.length),
      CXI_DEVICES: used.join(),
      FI_CXI_DEVICE_NAME: used.join(),
    },
    mounts: [],
    devices: used.map((name) => ({
      containerPath: `/dev/${name}`,
      hostPath: `/dev/${name}`,
      permissions: 'rw',
    })),
    annotations: {},
    cdiDevices: [],
  };
}

const sizes = [1, 8, 64];

/** Slingshot NICs, shared. */
export const cxi: PluginFamily = {
  app: 'cxi-device-plugin',
  resource: 'hpe.com/cxi',
  node: `${nics} NICs, ${nics * slotsPerNic} ids`,
  sizes,
  ids: (size) => Array.from({ length: size }, (_, i) => `cxi${i % nics}::${Math.floor(i / nics)}`),
  reference: {
    devices: names.flatMap((name, i) =>
      Array.from({ length: slotsPerNic }, (_, slot) => ({
        ...{ ID: `${name}::${slot}`, health: 'Healthy', topology: { nodes: [{ ID: i % 4 }] } },
      })),
    ),
    answers: Object.fromEntries(sizes.map((size) => [size, answer(size)])),
  },
  createHost: (folder) =>
    SimulatedHost.create(folder, {
      nics: names.map((_, i) => ({ generation: i % 2 === 0 ? 1 : 2 })),
    }),
  // Good news at once: the default waits a second on purpose.
  args: () => ['--debounce=0s'],
  startLimitMs: 300,
  changes: ({ hardware }) => ({
    'link down': { act: () => hardware.cxi.setLink('cxi0', 'down'), wanted: isHealth('Unhealthy') },
    'link up': { act: () => hardware.cxi.setLink('cxi0', 'up'), wanted: isHealth('Healthy') },
    'NIC pulled': {
      act: () => hardware.cxi.unplug('cxi1'),
      wanted: (devices) => !has('cxi1::0')(devices),
    },
    'NIC put in': {
      act: () => hardware.cxi.plug({ generation: 1, name: 'cxi1' }),
      wanted: has('cxi1::0'),
    },
  }),
  changeLimitMs: 250,
  changeWithinMs: 150,
  remark: `The plugin learns of a change by inotify where there is an event (device nodes) and else by a probe every 100 ms that
reads the names in /sys/class/cxi and two attributes of each NIC; a difference is followed by a full scan, and the list
goes out in the same turn of the event loop. The reference does none of that: inotify wakes it and it sends a list it
has. Health that comes back is told at once here (--debounce=0s) and after 1 s by default.`,
};
