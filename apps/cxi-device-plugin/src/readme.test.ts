import { readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { rackwright } from '@rackwright/keys';
import { formatOptionsMarkdown } from '@rackwright/service';
import { usage } from './generator/arguments.ts';
import { options } from './options.ts';

const readme = new URL('../README.md', import.meta.url);
const pattern = /(<!-- options -->\n)([\s\S]*?)(<!-- \/options -->)/;
const read = (): string => readFileSync(readme, 'utf8');

test('the README shows the options there are (UPDATE_GOLDEN=1 writes them)', () => {
  const wanted = formatOptionsMarkdown(options);
  if (process.env.UPDATE_GOLDEN === '1') {
    writeFileSync(
      readme,
      read().replace(pattern, (_, open: string, __, close: string) => open + wanted + close),
    );
  }
  expect(pattern.exec(read())?.[2]).toBe(wanted);
});

test('the README names every metric and every option of the generator', () => {
  const text = read();
  for (const metric of Object.values(rackwright.devicePluginMetric)) {
    expect(text).toContain(
      metric.replace('device_plugin_', metric === 'device_plugin_devices' ? 'device_plugin_' : '…_'),
    );
  }
  for (const [option] of usage.matchAll(/--[a-z-]{5,}/g)) expect(text).toContain(option);
});
