import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { type Chart, readCharts } from './charts.ts';
import { manifestViolations } from './objects.ts';
import { renderings } from './render-fixture.ts';

/** Default values of the first release, by chart. */
const released = JSON.parse(
  await readFile(new URL('testdata/values-0.1.0.json', import.meta.url), 'utf8'),
) as Record<string, Record<string, unknown>>;

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rwreuse-'));
});
afterEach(() => rm(folder, { recursive: true }));

const since = (name: string): boolean => released[name] !== undefined;

/** The chart as `helm upgrade --reuse-values` takes it: its own defaults give way to those of the release. */
async function upgraded({ name, folder: original, subcharts }: Chart): Promise<string> {
  const chart = join(folder, name);
  await cp(original, chart, { recursive: true });
  const known = subcharts.filter(since);
  const values = Object.fromEntries(known.map((sub) => [sub, { common: {}, ...released[sub] }]));
  await writeFile(
    join(chart, 'values.yaml'),
    JSON.stringify({ ...values, ...merged(values, released[name]) }),
  );
  // A chart the release did not have brings its own defaults, but nothing says that it is off.
  for (const sub of known) await writeFile(join(chart, 'charts', sub, 'values.yaml'), '{}');
  return chart;
}

/** The umbrella's own values over those of its subcharts, block by block. */
function merged(
  under: Readonly<Record<string, object>>,
  over: Readonly<Record<string, unknown>> = {},
): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(over).map(([key, value]) => [
      key,
      under[key] === undefined ? value : { ...under[key], ...(value as object) },
    ]),
  );
}

test.each(readCharts().filter(({ name }) => since(name)))(
  'an upgrade of $name that keeps the values of the first release works',
  async (chart) => {
    const [rendering] = await renderings([{ chart: await upgraded(chart) }]);
    expect(rendering?.error).toBeUndefined();
    const manifest = rendering?.manifest ?? '';
    expect(manifestViolations(manifest)).toEqual([]);
    const later = chart.subcharts.filter((sub) => !since(sub));
    expect(later.filter((sub) => manifest.includes(sub))).toEqual([]);
  },
);
