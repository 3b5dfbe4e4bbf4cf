import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { leadLife, wholeLife } from './testing/cluster-life.ts';
import { KillBed } from './testing/kill-bed.ts';
import { type Kill, RestartedOperator, type RestartedOperatorOptions } from './testing/restarted-operator.ts';

// Four lives of ten minutes together; plan/killed.test.ts kills in every pass of the model.
const isLong = process.env.RACKWRIGHT_LONG_TESTS === '1';
const objects = 100;
let bed: KillBed;

beforeAll(async () => {
  if (isLong) bed = await KillBed.start(['one', 'two', 'three']);
}, 180_000);

afterAll(async () => {
  await bed?.[Symbol.asyncDispose]();
}, 60_000);

/** Lives, and at which point the operators of each are killed: an odd one is before a request, an even one after it. */
const lives: readonly {
  readonly name: string;
  readonly killAt: RestartedOperatorOptions['killAt'];
  readonly least: number;
}[] = [
  // Each of them must come further than the first request, which is made again where it is not noted.
  { name: 'around the first two requests in turn', killAt: (start) => (start % 4) + 1, least: 60 },
  { name: 'around the first three requests in turn', killAt: (start) => (start % 6) + 1, least: 40 },
  { name: 'after every second request', killAt: () => 4, least: 30 },
  { name: 'ever later among requests', killAt: (start) => start + 2, least: 10 },
];

const excuse = isLong ? '' : ' (skipped: RACKWRIGHT_LONG_TESTS is not set)';

(isLong ? test : test.skip).each(lives)(
  `an operator that is killed $name, of those that change something, goes on, and no object is lost and nothing left${excuse}`,
  async ({ killAt, least }) => {
    const namespace = `life-${lives.findIndex((life) => life.killAt === killAt)}`;
    await using operator = new RestartedOperator({
      program: bed.program,
      args: bed.args,
      env: bed.env,
      killAt,
    });
    try {
      const compared = await leadLife({ bed, namespace, operator, steps: wholeLife, objects });
      process.stdout.write(`${countsOf(operator.kills)}; ${compared} objects compared, none lost\n`);
    } catch (cause) {
      const last = operator.kills.slice(-5).map(({ at }) => at);
      throw new Error(`killed ${operator.kills.length} times, last ${last.join(', ')}\n${operator.output}`, {
        cause,
      });
    }
    expect(operator.kills.length).toBeGreaterThanOrEqual(least);
  },
  3_600_000,
);

/** How often operators were killed, by what was asked of the cluster. */
function countsOf(kills: readonly Kill[]): string {
  const counts = [...Map.groupBy(kills, ({ during }) => during)].map(
    ([step, { length }]) => `${step} ${length}`,
  );
  return `operator killed ${kills.length} times: ${counts.join(', ')}`;
}
