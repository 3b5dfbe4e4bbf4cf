import { describe, expect, test } from '@jest/globals';
import { ManualClock } from '@rackwright/core';
import fc from 'fast-check';
import { ExpectedExporters } from './expected-exporters.ts';
import { exporterFinding } from './exporter-condition.ts';
import { reportExporters } from './exporter-report.ts';
import { KnownExporters } from './known-exporters.ts';

const minuteMs = 60_000;
const names = ['a', 'b', 'c', 'd'];

/** An operator that takes handshakes, and the status it writes. */
class Operator {
  readonly clock = new ManualClock();
  nodes = names;
  known = new KnownExporters(this.clock);
  expected = new ExpectedExporters(this.known, this.clock);
  status: Parameters<typeof reportExporters>[1];
  writes = 0;

  shake(...nodes: readonly string[]): void {
    for (const node of nodes) this.known.note({ node, version: '1', inventoryDigest: 'x' });
  }

  restart(): void {
    this.known = new KnownExporters(this.clock);
    this.expected = new ExpectedExporters(this.known, this.clock);
  }

  reconcile() {
    const report = reportExporters(this.expected.look(this.nodes), this.status, this.clock.now());
    if (JSON.stringify(report.counts) !== JSON.stringify(this.status)) this.writes += 1;
    this.status = report.counts;
    return report;
  }

  /** Time passes in which these report every minute. */
  async minutes(count: number, ...reporting: readonly string[]): Promise<void> {
    for (let i = 0; i < count; i++) {
      await this.clock.advance(minuteMs);
      this.shake(...reporting);
      this.reconcile();
    }
  }

  condition() {
    return exporterFinding(this.reconcile());
  }
}

async function whereAllReport(): Promise<Operator> {
  const operator = new Operator();
  operator.reconcile();
  await operator.minutes(2, ...names);
  operator.writes = 0;
  return operator;
}

describe('exporters', () => {
  test('that were not heard of yet have a quarter of an hour', async () => {
    const operator = new Operator();
    operator.shake('a');
    expect(operator.condition()).toMatchObject({
      ...{ status: 'Unknown', reason: 'AwaitingHandshakes' },
      message: '1 of 4 exporters report yet',
    });
    await operator.minutes(14, 'a');
    expect(operator.status).toEqual({ expected: 4, reporting: 1, silent: [] });
    await operator.minutes(1, 'a');
    expect(operator.status).toEqual({ expected: 4, reporting: 1, silent: ['b', 'c', 'd'] });
  });

  test('that all report are told of once, and nothing is written from then on', async () => {
    const operator = await whereAllReport();
    expect(operator.condition()).toMatchObject({ status: 'True', message: '4 of 4 exporters report' });
    await operator.minutes(100, ...names);
    expect(operator.writes).toBe(0);
  });

  test('that have gone silent are named after a quarter of an hour, not before', async () => {
    const operator = await whereAllReport();
    await operator.minutes(14, 'a', 'b', 'c');
    expect(operator.condition()?.status).toBe('True');
    await operator.minutes(1, 'a', 'b', 'c');
    expect(operator.condition()).toMatchObject({
      ...{ status: 'False', reason: 'ExportersSilent' },
      message:
        '3 of 4 exporters report; nothing was heard for 15 minutes of d: look at nvme_exporter_handshake_up and at the log of the exporter there',
    });
    expect(operator.writes).toBe(1);
    operator.shake('d');
    expect(operator.condition()?.status).toBe('True');
  });

  test('are told of as before after a start of the operator, until they were heard of or their time is over', async () => {
    const operator = await whereAllReport();
    await operator.minutes(15, 'a', 'b', 'c');
    expect(operator.status).toEqual({ expected: 4, reporting: 3, silent: ['d'] });
    operator.restart();
    operator.writes = 0;
    operator.reconcile();
    await operator.minutes(14, 'a', 'b');
    expect(operator.writes).toBe(0);
    await operator.minutes(1, 'a', 'b');
    expect(operator.status).toEqual({ expected: 4, reporting: 2, silent: ['c', 'd'] });
    operator.restart();
    operator.shake('d');
    operator.reconcile();
    expect(operator.status).toEqual({ expected: 4, reporting: 3, silent: ['c'] });
  });

  test('of nodes that are no longer there are not awaited, and those that come back have their time anew', async () => {
    const operator = await whereAllReport();
    await operator.minutes(15, 'a', 'b', 'c');
    operator.nodes = ['a', 'b', 'c'];
    expect(operator.condition()).toMatchObject({ status: 'True', message: '3 of 3 exporters report' });
    operator.nodes = names;
    expect(operator.condition()?.status).toBe('Unknown');
  });

  test('a thousand silent ones are counted, a hundred listed, five named in the sentence', async () => {
    const operator = new Operator();
    operator.nodes = Array.from({ length: 1000 }, (_, i) => `n${i + 1000}`);
    operator.reconcile();
    await operator.minutes(15);
    expect(operator.status?.silent).toHaveLength(100);
    expect(operator.condition()?.message).toContain(
      '0 of 1000 exporters report; nothing was heard for 15 minutes of n1000, n1001, n1002, n1003, n1004 and 995 more',
    );
  });

  test('where none is awaited nothing is said of them', () => {
    const operator = new Operator();
    operator.nodes = [];
    expect(operator.condition()).toBeUndefined();
    expect(operator.status).toEqual({ expected: 0, reporting: 0, silent: [] });
  });
});

test('the operator looks again when one of them counts as silent, a few seconds later at most', async () => {
  const operator = await whereAllReport();
  const { changesAfterMs = 0 } = operator.reconcile();
  expect(changesAfterMs).toBe(15 * minuteMs);
  await operator.clock.advance(changesAfterMs);
  expect(operator.reconcile().silent).toEqual(names);
});

test('whoever reports every minute is never silent, whatever the others and the operator do', async () => {
  const step = fc.record({ reporting: fc.subarray(['b', 'c', 'd']), restarts: fc.boolean() });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
      const operator = await whereAllReport();
      for (const { reporting, restarts } of steps) {
        if (restarts) operator.restart();
        await operator.minutes(1, 'a', ...reporting);
        const { expected, reporting: count, silent } = operator.reconcile().counts;
        expect(silent).not.toContain('a');
        expect(count).toBeGreaterThanOrEqual(1 + reporting.length);
        expect(count + silent.length).toBeLessThanOrEqual(expected);
      }
    }),
    { numRuns: 50 },
  );
});
