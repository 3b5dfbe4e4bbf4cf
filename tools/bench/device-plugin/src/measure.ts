import { utimesSync } from 'node:fs';
import { join } from 'node:path';
import { systemClock } from '@rackwright/core';
import type { SimulatedHost } from '@rackwright/simulator';
import type { PluginFamily, Wanted } from './plugin-family.ts';
import { type Program, Subject } from './subject.ts';
import type { Comparison, Times } from './times.ts';

/** Measures starts, one of each in turn, every process with an empty folder. */
export async function starts(
  programs: readonly [Program, Program],
  folder: string,
  count: number,
  limitMs: number,
): Promise<Comparison> {
  const ms: [number[], number[]] = [[], []];
  for (let round = 0; round < count; round++) {
    for (const [i, program] of programs.entries()) {
      await using subject = await Subject.start(program, join(folder, `start-${program.name}-${round}`));
      ms[i]?.push(subject.startMs);
    }
  }
  return compare('start to registered', ms, { percent: 50, ms: limitMs });
}

/** Measures Allocate for `ids`, in turns of `batch` calls each. */
export async function allocations(
  subjects: readonly [Subject, Subject],
  ids: string[],
  calls: number,
): Promise<Comparison> {
  const batch = 100;
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
  return compare(`Allocate of ${ids.length}`, ms, { percent: 99, ms: 10, ratio: 3 });
}

/** Measures how soon the kubelet is told of each kind of change, `each` times, and of what a reference is told. */
export async function changes(
  [ours, reference]: readonly [Subject, Subject],
  { host, family, each }: { host: SimulatedHost; family: PluginFamily; each: number },
): Promise<Comparison[]> {
  const kinds = family.changes(host);
  const [first] = family.reference.devices;
  const isHealth =
    (health: string): Wanted =>
    (devices) =>
      devices.find(({ ID }) => ID === first?.ID)?.health === health;
  const measured = new Map(Object.keys(kinds).map((kind) => [kind, [[], []] as [number[], number[]]]));
  let healthy = true;
  for (let round = 0; round < each; round++) {
    for (const [kind, { act, wanted }] of Object.entries(kinds)) {
      // At a random moment of the plugin's poll interval.
      await systemClock.sleep(Math.random() * family.changeWithinMs);
      const [mine, theirs] = measured.get(kind) ?? [];
      mine?.push(await ours.told(act, wanted));
      healthy = !healthy;
      theirs?.push(await reference.told(() => touch(reference), isHealth(healthy ? 'Healthy' : 'Unhealthy')));
    }
  }
  return [...measured].map(([kind, ms]) =>
    compare(`${kind} to kubelet told`, ms, { percent: 99, ms: family.changeLimitMs }),
  );
}

function touch({ folder }: Subject): void {
  utimesSync(join(folder, 'trigger'), new Date(), new Date());
}

function compare(
  name: string,
  [ours, reference]: readonly [number[], number[]],
  limit: Comparison['limit'],
): Comparison {
  const times = (ms: number[]): Times => ({ name, ms });
  return { ours: times(ours), reference: times(reference), limit };
}
