import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { appNames, appNodeFlags, finalStage, imageStart } from '@rackwright/testbed';
import { type BaseName, basesOf } from './bases/references.ts';
import { Workspace } from './workspace.ts';

const workspace = new Workspace();
const dockerfile = (app: string): string =>
  readFileSync(join(workspace.appFolder(app), 'Dockerfile'), 'utf8');

test('every app has an image', () => {
  expect(readdirSync(join(workspace.root, 'apps')).sort()).toEqual([...appNames].sort());
});

describe.each(appNames)('%s', (app) => {
  test('starts its bundle with Node, as nobody, without a shell', () => {
    const { entrypoint, user, env } = imageStart(dockerfile(app));
    expect([entrypoint[0], entrypoint.at(-1)]).toEqual(['/usr/bin/node', '/app/main.js']);
    expect(user).toBe('65532:65532');
    // The exporter tells in a metric which commit it is of.
    const commit = app === 'nvme-exporter' ? { RACKWRIGHT_COMMIT: expect.stringContaining('REVISION') } : {};
    expect(env).toEqual({ NODE_ENV: 'production', MALLOC_ARENA_MAX: '1', ...commit });
  });

  test('says what it is', async () => {
    const { description, license } = await workspace.manifest(workspace.appFolder(app));
    const labels = finalStage(dockerfile(app)).find(({ name }) => name === 'LABEL')?.value ?? '';
    expect(labels).toContain(`org.opencontainers.image.title="${app}"`);
    expect(labels).toContain(`org.opencontainers.image.description="${description}"`);
    expect(labels).toContain(`org.opencontainers.image.licenses="${license}"`);
    for (const key of ['version', 'revision', 'created', 'source', 'base.name', 'base.digest']) {
      expect(labels).toContain(`org.opencontainers.image.${key}="`);
    }
  });

  test('runs nothing while it is built, so that it can be built for any machine', () => {
    expect(dockerfile(app)).not.toMatch(/^RUN\b/m);
  });
});

test('only agents without gRPC and large answers give up the compiler for memory', () => {
  const lite = appNames.filter((app) => appNodeFlags(app).includes('--lite-mode'));
  expect(lite).toEqual(['driver-agent', 'retry-handler', 'node-discovery']);
});

test('only agents that enter namespaces of the host, or make volumes, have programs beside Node', () => {
  const having = (base: BaseName): string[] =>
    appNames.filter((app) => basesOf(dockerfile(app)).includes(base));
  expect(having('mount-tools')).toEqual(['retry-handler', 'ai100-device-plugin', 'nvme-exporter']);
  expect(having('storage-tools')).toEqual(['pmem-csi-driver']);
  for (const app of appNames) expect(basesOf(dockerfile(app))).toContain('base');
});
