import { describe, expect, test } from '@jest/globals';
import { boundaryViolations, type ImportOf } from './boundaries.ts';
import { importsOf } from './imports.ts';
import { type Project, readProjects, workspaceRoot } from './projects.ts';

function project(
  name: string,
  level: Project['level'],
  dependencies: string[] = [],
  external: string[] = [],
): Project {
  const folder = level === 'app' ? `apps/${name}` : `libs/${name}`;
  return {
    name: `@rackwright/${name}`,
    folder,
    level,
    dependencies: dependencies.map((d) => `@rackwright/${d}`),
    external,
    version: '0.0.0',
  };
}

function use(from: string, specifier: string, options: Partial<ImportOf> = {}): ImportOf {
  return {
    project: `@rackwright/${from}`,
    file: `libs/${from}/src/a.ts`,
    specifier,
    typeOnly: false,
    ...options,
  };
}

const projects = [
  project('core', 1),
  project('host', 2, ['core']),
  project('kube', 3, ['core']),
  project('simulator', 'test', ['kube']),
  project('driver-agent', 'app', ['kube']),
  project('other', 'app'),
];

describe('an import is refused', () => {
  test.each([
    ['of a higher floor', use('core', '@rackwright/host'), /does not declare/],
    ['of a package that is not declared', use('host', 'winston'), /does not declare/],
    ['past the door of a library', use('host', '@rackwright/core/src/clock.ts'), /one door/],
    ['of express in a node agent', use('driver-agent', 'express'), /a node agent must not load express/],
    [
      'of zod in an app nobody registered',
      use('other', 'zod'),
      /an app that is not registered must not load zod/,
    ],
  ])('%s', (_, item, why) => expect(boundaryViolations(projects, [item]).join()).toMatch(why));

  test('of the same floor, even when declared', () => {
    const twin = project('controller', 3, ['kube']);
    expect(boundaryViolations([...projects, twin], [])).toEqual([
      'libs/controller/package.json: floor 3 imports @rackwright/kube of floor 3; only lower floors may be imported',
    ]);
  });

  test('of a library that brings express, by a node agent; an operator may', () => {
    const web = project('web', 5, ['core'], ['express']);
    const named = (name: string): Project[] => [...projects, web, project(name, 'app', ['web'])];
    expect(boundaryViolations(named('retry-handler'), [])).toEqual([
      'apps/retry-handler/package.json: @rackwright/web: a node agent must not load express; libs/registry says what it may',
    ]);
    expect(boundaryViolations(named('operator-manager'), [])).toEqual([]);
  });

  test('of an app by an app, and of a test library by shipped code', () => {
    const bad = project('bad', 'app', ['other', 'simulator']);
    expect(boundaryViolations([...projects, bad], [])).toEqual([
      expect.stringContaining('only libraries may be imported'),
      expect.stringContaining('test library'),
    ]);
  });
});

test('lower floors, own files, types and Node modules are allowed, and tests may use anything', () => {
  const allowed = [
    use('host', '@rackwright/core'),
    use('host', './x.ts'),
    use('host', 'node:fs'),
    use('kube', '@kubernetes/client-node', { typeOnly: true }),
    use('core', '@rackwright/simulator', { file: 'libs/core/src/a.test.ts' }),
  ];
  expect(boundaryViolations(projects, allowed)).toEqual([]);
});

test('the imports of this very project are found', async () => {
  const own = (await readProjects()).find((item) => item.name === '@rackwright/workspace');
  if (own === undefined) throw new Error('tools/workspace is missing');
  const found = await importsOf(workspaceRoot, own);
  expect(found).toContainEqual({
    project: '@rackwright/workspace',
    file: 'tools/workspace/src/boundaries.ts',
    specifier: './projects.ts',
    typeOnly: true,
  });
});
