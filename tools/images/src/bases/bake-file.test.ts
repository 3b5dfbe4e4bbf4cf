import { expect, test } from '@jest/globals';
import { bakeFile } from './bake-file.ts';

const digest = `sha256:${'0a'.repeat(32)}`;
const options = {
  commit: { revision: 'abc', time: new Date(1_700_000_000_000) },
  origin: { repository: 'https://example.org/x', builder: 'b' },
  base: `gcr.io/distroless/cc-debian12@${digest}`,
  mountTools: `debian:bookworm-slim@${digest}`,
};
const apps = [
  { name: 'driver-agent', version: '1.2.3', bases: ['base'] },
  { name: 'retry-handler', version: '1.2.4', bases: ['base', 'mount-tools'] },
  { name: 'pmem-csi-driver', version: '1.2.5', bases: ['base', 'storage-tools'] },
] as const;
const { group, target } = bakeFile(apps, options) as {
  group: object;
  target: Record<string, { contexts: object; args: object; dockerfile: string; tags: string[] }>;
};

test('bake builds every app, on a base it builds too', () => {
  expect(group).toEqual({ default: { targets: ['driver-agent', 'retry-handler', 'pmem-csi-driver'] } });
  expect(Object.keys(target)).toEqual([
    'base',
    'storage-tools',
    'driver-agent',
    'retry-handler',
    'pmem-csi-driver',
  ]);
  expect(target.base?.args).toMatchObject({ BASE: options.base });
});

test('an app is built from the Dockerfile, the bundle and the arguments of nx container', () => {
  expect(target['driver-agent']).toMatchObject({
    context: 'dist/apps/driver-agent',
    dockerfile: '../../../apps/driver-agent/Dockerfile',
    args: {
      VERSION: '1.2.3',
      REVISION: 'abc',
      CREATED: '2023-11-14T22:13:20.000Z',
      SOURCE: 'https://example.org/x',
      BASE_NAME: 'gcr.io/distroless/cc-debian12',
      BASE_DIGEST: digest,
      SOURCE_DATE_EPOCH: '1700000000',
    },
    tags: [`\${REGISTRY}/driver-agent:1.2.3`],
  });
});

test('only who copies mount tools gets the image they come from', () => {
  const base = { 'localhost/rackwright/base': 'target:base' };
  expect(target['driver-agent']?.contexts).toEqual(base);
  expect(target['retry-handler']?.contexts).toEqual({
    ...base,
    'localhost/rackwright/mount-tools': `docker-image://${options.mountTools}`,
  });
});

test('programs of the driver for persistent memory come of packages of the same Debian image', () => {
  expect(target['pmem-csi-driver']?.contexts).toEqual({
    'localhost/rackwright/base': 'target:base',
    'localhost/rackwright/storage-tools': 'target:storage-tools',
  });
  expect(target['storage-tools']).toMatchObject({
    dockerfile: 'debian.Dockerfile',
    args: { DEBIAN: options.mountTools },
  });
});
