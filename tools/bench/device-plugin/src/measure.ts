import { utimesSync } from 'node:fs';
import { join } from 'node:path';
import { systemClock } from '@rackwright/core';
import type { deviceplugin } from '@rackwright/kubelet';
import type { SimulatedHost } from '@rackwright/simulator';
import { nics } from './shape.ts';
import { type Program, Subject } from './subject.ts';
import type { Comparison, Times } from './times.ts';

/** Measures starts, one of each in turn, every process with an empty folder. */
export async function starts(
  programs: readonly [Program, Program],
  folder: string,
  count: number,
): Promise<Comparison> {
  const ms: [number[], number[]] = [[], []];
  for (let round = 0; round < count; round++) {
    for (const [i, program] of programs.entries()) {
      await using subject = await Subject.start(program, join(folder, `start-${program.name}-${round}`));
      ms[i]?.push(subject.startMs);
    }
  }
  return compare('start to registered', ms, { percent: 50, ms: 300 });
}

/** Measures Allocate for `devices` ids, in turns of `batch` calls each. */
export async function allocations(
  subjects: readonly [Subject, Subject],
  devices: number,
  calls: number,
): Promise<Comparison> {
  const batch = 100;
  // Slots in turn over the NICs, as the plugin itself would prefer them.
  const ids = Array.from({ length: devices }, (_, i) => `cxi${i % nics}::${Math.floor(i / nics)}`);
  const ms: [number[], number[]] = [[], []];
  for (let done = -batch; done < calls; done += batch) {
    for (const [i, { kubelet, program }] of subjects.entries()) {
      for (let call = 0; call < batch; call++) {
        const begin = performance.now();
        await kubelet.allocate(program.resource, ids);
        // The first turn warms up both sides.
        if (done >= 0) ms[i]?.push(performance.now() - begin);
      }
    }
  }
  return compare(`Allocate of ${devices}`, ms, { percent: 99, ms: 10, ratio: 3 });
}

/** Measures how soon the kubelet is told of links that go down and up and of NICs that go and come. */
export async function changes(
  [ours, reference]: readonly [Subject, Subject],
  host: SimulatedHost,
  each: number,
): Promise<Comparison[]> {
  const health = (wanted: string) => (devices: readonly deviceplugin.Device[]) =>
    devices.find(({ ID }) => ID === 'cxi0::0')?.health === wanted;
  const kinds = {
    'link down': { act: () => host.hardware.cxi.setLink('cxi0', 'down'), wanted: health('Unhealthy') },
    'link up': { act: () => host.hardware.cxi.setLink('cxi0', 'up'), wanted: health('Healthy') },
    'NIC pulled': { act: () => host.hardware.cxi.unplug('cxi1'), wanted: lacks('cxi1::0') },
    'NIC put in': {
      act: () => host.hardware.cxi.plug({ generation: 1, name: 'cxi1' }),
      wanted: (devices: readonly deviceplugin.Device[]) => !lacks('cxi1::0')(devices),
    },
  };
  const measured = new Map(Object.keys(kinds).map((kind) => [kind, [[], []] as [number[], number[]]]));
  let healthy = true;
  for (let round = 0; round < each; round++) {
    for (const [kind, { act, wanted }] of Object.entries(kinds)) {
      // At a random moment of the plugin's poll interval.
      await systemClock.sleep(Math.random() * 150);
      const [mine, theirs] = measured.get(kind) ?? [];
      mine?.push(await ours.told(act, wanted));
      healthy = !healthy;
      theirs?.push(
        await reference.told(async () => touch(reference), health(healthy ? 'Healthy' : 'Unhealthy')),
      );
    }
  }
  return [...measured].map(([kind, ms]) => compare(`${kind} to kubelet told`, ms, { percent: 99, ms: 250 }));
}

function touch({ folder }: Subject): void {
  utimesSync(join(folder, 'trigger'), new Date(), new Date());
}

function lacks(id: string): (devices: readonly deviceplugin.Device[]) => boolean {
  return (devices) => !devices.some(({ ID }) => ID === id);
}

function compare(
  name: string,
  [ours, reference]: readonly [number[], number[]],
  limit: Comparison['limit'],
): Comparison {
  const times = (ms: number[]): Times => ({ name, ms });
  return { ours: times(ours), reference: times(reference), limit };
}
