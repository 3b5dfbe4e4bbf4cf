import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { rackwright } from '@rackwright/keys';
import { formatOptionsMarkdown } from '@rackwright/service';
import { expectReadmePart } from '../../../libs/service/src/testing/readme-part.ts';
import { usage } from './generator/arguments.ts';
import { options } from './options.ts';

const readme = new URL('../README.md', import.meta.url);
const read = (): string => readFileSync(readme, 'utf8');

test('the README shows the options there are (UPDATE_GOLDEN=1 writes them)', () => {
  expectReadmePart(readme, 'options', formatOptionsMarkdown(options));
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
