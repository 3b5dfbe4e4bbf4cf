import { expect, test } from '@jest/globals';
import { defineOptions, loadConfig } from '@rackwright/service';
import { controllerOptions, crdsOf } from './controller-options.ts';

const gaugeCrd = { metadata: { name: 'gauges.test' } };
const gauge = {
  options: defineOptions({ gaugeImage: { flag: 'gauge-image', type: 'string', description: 'Its image.' } }),
  crds: [gaugeCrd],
};
const scale = { options: {}, crds: [gaugeCrd] };
const load = (argv: string[]) =>
  loadConfig(controllerOptions({ gauge, scale }), { argv, env: {}, readFile: () => '{}' });

test('an app has the flags of its controllers, and runs all of them unless some are picked', () => {
  expect(load(['--gauge-image=x:1'])).toMatchObject({ controllers: ['gauge', 'scale'], gaugeImage: 'x:1' });
  expect(load(['--controllers=scale'])).toMatchObject({ controllers: ['scale'] });
  expect(() => load(['--controllers=lever'])).toThrow('--controllers');
});

test('two controllers with the same flag are refused, whatever each calls it', () => {
  const other = { options: defineOptions({ image: gauge.options.gaugeImage }), crds: [] };
  expect(() => controllerOptions({ gauge, other })).toThrow(
    'other: another controller has the option --gauge-image (image)',
  );
  const picking = { flag: 'controllers', type: 'string', description: '' } as const;
  expect(() => controllerOptions({ gauge: { options: { picking }, crds: [] } })).toThrow('--controllers');
});

test('the CRDs of the controllers that run are needed, each once', () => {
  expect(crdsOf({ gauge, scale }, ['gauge', 'scale'])).toEqual([gaugeCrd]);
  expect(crdsOf({ gauge, scale: { options: {}, crds: [] } }, ['scale'])).toEqual([]);
});

test('one that wants to be named does not run where nobody names it', () => {
  const later = { options: {}, crds: [], onlyIfNamed: true as const };
  const options = controllerOptions({ gauge, later });
  const read = (argv: string[]) => loadConfig(options, { argv, env: {}, readFile: () => '{}' });
  expect(read([])).toMatchObject({ controllers: ['gauge'] });
  expect(read(['--controllers=later'])).toMatchObject({ controllers: ['later'] });
});
