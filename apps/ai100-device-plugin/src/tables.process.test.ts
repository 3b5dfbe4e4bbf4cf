import { readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { healthRows } from './testing/tables/health-rows.ts';
import { recoveryRows } from './testing/tables/recovery-rows.ts';
import { type Row, tableHead, tableLine } from './testing/tables/row.ts';
import { TableNode } from './testing/tables/table-node.ts';

jest.setTimeout(180_000);

/** What every row of both tables showed; UPDATE_GOLDEN=1 with RACKWRIGHT_LONG_TESTS=1 writes it anew. */
const page = new URL('../../../docs/ai100-health.md', import.meta.url);
const isLong = process.env.RACKWRIGHT_LONG_TESTS === '1';
const isUpdate = process.env.UPDATE_GOLDEN === '1' && isLong;
const known = isUpdate ? '' : readFileSync(page, 'utf8');

let node: TableNode;
/** No row was seen on it yet. */
let isNew = true;

async function anotherNode(): Promise<void> {
  await node[Symbol.asyncDispose]();
  node = await TableNode.start();
  isNew = true;
}
const lines = new Map<Row, string>();
beforeAll(async () => {
  node = await TableNode.start();
});
afterAll(async () => {
  await node?.[Symbol.asyncDispose]();
  if (isUpdate) writeFileSync(page, pageText());
});

const cases = [...recoveryRows, ...healthRows]
  .filter(({ always }) => isLong || always)
  .map((row) => [`${row.row}: ${row.what}`, row] as const);

test.each(cases)('%s', async (_, row: Row) => {
  // Which serials its new drives get does not depend on the rows before.
  if (row.spoils && !isNew) await anotherNode();
  isNew = false;
  await node.begin(row.args ?? []);
  const line = await lineOf(row);
  lines.set(row, line);
  if (process.env.CI !== 'true') process.stdout.write(`${line}\n`);
  if (isUpdate) return;
  const expected = known.split('\n').find((one) => one.startsWith(`| ${row.row} | ${row.what} |`));
  expect(line).toBe(expected);
});

/** What the row shows, on a node that is fit for the next one afterwards. */
async function lineOf(row: Row): Promise<string> {
  try {
    const undo = await row.happens(node);
    const line = tableLine(row, await node.seen());
    await undo?.();
    return line;
  } finally {
    if (row.spoils) await anotherNode();
  }
}

function pageText(): string {
  const table = (rows: readonly Row[]): string =>
    [...tableHead, ...rows.map((row) => lines.get(row) ?? `| ${row.row} | ${row.what} | not seen |`)].join(
      '\n',
    );
  return `# What AI100 drives show when they fail

Each line was seen on a simulated node with two drives in one striped cache: its second drive, or the cache, was made to fail as said, and the device plugin looked every 30 s. Units are those of the kubelet, conditions those of the AidaptivCacheNode, events those of the Node. Written by \`apps/ai100-device-plugin/src/tables.process.test.ts\`, which fails when a line is no longer true.

## Health
${table(healthRows)}

## Recovery
${table(recoveryRows)}
`;
}
