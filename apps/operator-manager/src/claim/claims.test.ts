import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { ClaimOperator, ClaimWorld } from '../testing/claim-world.ts';

const noStep = () => Promise.resolve();

function twoOperators() {
  const world = new ClaimWorld();
  return {
    world,
    first: new ClaimOperator(world, 'first', noStep),
    second: new ClaimOperator(world, 'second', noStep),
  };
}

test('the first claims a CXIDriver; the second stands by, also when the first only starts anew', async () => {
  const { world, first, second } = twoOperators();
  world.create('cxi');
  await first.reconcile(0);
  expect(first.holdsAll()).toBe(true);
  await second.reconcile(0);
  expect(second.activeState()).toEqual({
    acts: false,
    message: 'installation first/operator looks after CXIDrivers; this one stands by',
  });
  first.restart();
  await second.reconcile(0);
  await first.reconcile(0);
  expect([first.writes, second.writes]).toEqual([2, 0]);
});

test('the second takes over when the first is gone, and the first stands by when it comes back', async () => {
  const { world, first, second } = twoOperators();
  world.create('cxi');
  await first.reconcile(0);
  first.uninstall();
  await second.reconcile(0);
  expect(second.holdsAll()).toBe(true);
  first.restart();
  await first.reconcile(0);
  expect(first.activeState().acts).toBe(false);
  expect([first.writes, second.writes]).toEqual([1, 1]);
});

test('an installation made anew under its name claims at once what it had', async () => {
  const { world, first } = twoOperators();
  world.create('cxi');
  await first.reconcile(0);
  first.uninstall();
  first.restart();
  await first.reconcile(0);
  expect(first.holdsAll()).toBe(true);
});

const who = fc.constantFrom('first', 'second', 'third');
const command = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constant('reconcile' as const), who, lag: fc.nat({ max: 3 }) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('create' as const), name: fc.constantFrom('a', 'b') }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('delete' as const), name: fc.constantFrom('a', 'b') }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('uninstall' as const, 'restart' as const), who }) },
);

test('whatever happens in whatever order, two installations never write at once, and in the end one of those left does', async () => {
  await fc.assert(
    fc.asyncProperty(fc.scheduler(), fc.array(command, { maxLength: 30 }), async (scheduler, commands) => {
      const world = new ClaimWorld();
      const step = () => scheduler.schedule(Promise.resolve());
      const operators = new Map(
        ['first', 'second', 'third'].map((name) => [name, new ClaimOperator(world, name, step)] as const),
      );
      const chains = new Map<string, Promise<void>>();
      const enqueue = (key: string, work: () => Promise<void> | void): void => {
        chains.set(key, (chains.get(key) ?? Promise.resolve()).then(step).then(work));
      };
      for (const item of commands) {
        if (item.do === 'reconcile') enqueue(item.who, () => operators.get(item.who)?.reconcile(item.lag));
        else if ('name' in item) enqueue('user', () => world[item.do](item.name));
        else enqueue('user', () => operators.get(item.who)?.[item.do]());
      }
      const settled = Promise.all(chains.values());
      // What was rejected is told below, after the others have ended.
      settled.catch(() => undefined);
      await scheduler.waitFor(settled);
      await endsWithOne(world, [...operators.values()], scheduler);
    }),
    { numRuns: 2000 },
  );
});

/** After some quiet rounds one of the operators that are left has everything, and the others stand by. */
async function endsWithOne(
  world: ClaimWorld,
  operators: readonly ClaimOperator[],
  scheduler: fc.Scheduler,
): Promise<void> {
  const left = operators.filter(({ installed }) => installed);
  if (left.length === 0) return;
  for (let round = 0; round < 4; round++) {
    for (const operator of left) await scheduler.waitFor(operator.reconcile(0));
  }
  expect(left.filter((operator) => operator.holdsAll())).toHaveLength(
    world.drivers.size === 0 ? left.length : 1,
  );
  for (const operator of left) expect(operator.activeState().acts).toBe(operator.holdsAll());
}
