import { expect, test } from '@jest/globals';
import { builtInImages, containerArgv, type ImageSpec, imageName } from './images.ts';

test.each([
  ['busybox', 'busybox'],
  ['busybox:1.36', 'busybox'],
  ['localhost:5000/a/b:v1', 'b'],
  ['ghcr.io/rackwright/driver-agent@sha256:00', 'driver-agent'],
  ['ghcr.io/rackwright/driver-agent:0.1@sha256:00', 'driver-agent'],
])('the name in %s is %s', (reference, name) => expect(imageName(reference)).toBe(name));

test('a node has images for workloads and no others', () => {
  expect(builtInImages('rackwright/workload:latest')).toBeDefined();
  expect(builtInImages('nginx')).toBeUndefined();
});

const image: ImageSpec = { entrypoint: ['/entry'], cmd: ['--default'] };

test.each([
  ['neither', undefined, undefined, ['/entry', '--default']],
  ['args', undefined, ['--mine'], ['/entry', '--mine']],
  ['a command', ['/other'], undefined, ['/other']],
  ['both', ['/other'], ['--mine'], ['/other', '--mine']],
  ['empty lists', [], [], ['/entry', '--default']],
])('with %s in the pod the container runs the right words', (_, command, args, argv) => {
  expect(containerArgv(image, command, args)).toEqual(argv);
});

test('paths inside the image become paths of this machine', () => {
  const bundle = { entrypoint: [], files: { '/app': '/dist/agent', '/usr/bin/node': '/opt/node' } };
  expect(containerArgv(bundle, ['/usr/bin/node', '/app/main.js', '--x=/app'], undefined)).toEqual([
    ...['/opt/node', '/dist/agent/main.js', '--x=/app'],
  ]);
});

test('nothing to run is an error', () => {
  expect(() => containerArgv({ entrypoint: [] }, undefined, undefined)).toThrow(/which program to run/);
});
