import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { Machine, script, writeProgram } from './resolver-fixture.ts';

test('KUBEBUILDER_ASSETS wins over everything, in whatever version', async () => {
  await using machine = await Machine.create();
  machine.env.KUBEBUILDER_ASSETS = join(machine.folder, 'assets');
  const path = await writeProgram(join(machine.folder, 'assets/kubeconform'), script('v9.9.9'));
  await writeProgram(machine.cached, script('v1.2.3'));
  await writeProgram(join(machine.bin, 'kubeconform'), script('v1.2.3'));
  expect(await machine.resolver().resolve('kubeconform')).toBe(path);
});

test('what is in the cache is used before what is on PATH', async () => {
  await using machine = await Machine.create();
  await writeProgram(machine.cached, script('v1.2.3'));
  await writeProgram(join(machine.bin, 'kubeconform'), script('v1.2.3'));
  expect(await machine.resolver().resolve('kubeconform')).toBe(machine.cached);
  expect(machine.lines).toEqual([]);
});

test('without XDG_CACHE_HOME the cache is in the home folder', async () => {
  await using machine = await Machine.create();
  delete machine.env.XDG_CACHE_HOME;
  const path = join(machine.folder, '.cache/rackwright/programs/kubeconform/v1.2.3/kubeconform');
  await writeProgram(path, script('v1.2.3'));
  expect(await machine.resolver().resolve('kubeconform')).toBe(path);
});

test('a program on PATH serves if its minor version fits', async () => {
  await using machine = await Machine.create();
  const path = await writeProgram(join(machine.bin, 'kubeconform'), script('v1.2.9'));
  expect(await machine.resolver().resolve('kubeconform')).toBe(path);
});

test('a later folder of PATH is looked into when an earlier one holds another version', async () => {
  await using machine = await Machine.create();
  const second = join(machine.folder, 'second');
  machine.env.PATH = `${machine.bin}:${second}`;
  await writeProgram(join(machine.bin, 'kubeconform'), script('v1.3.0'));
  const path = await writeProgram(join(second, 'kubeconform'), script('v1.2.0'));
  expect(await machine.resolver().resolve('kubeconform')).toBe(path);
});

test('when nothing works, one error names each source, why it failed and the remedy', async () => {
  await using machine = await Machine.create();
  await writeProgram(join(machine.bin, 'kubeconform'), script('v1.3.0'));
  machine.spec = {
    ...machine.spec,
    release: () => ({ url: 'http://127.0.0.1:1/a', checksumUrl: 'http://127.0.0.1:1/b', maxBytes: 1 }),
  };
  const error = await machine
    .resolver()
    .resolve('kubeconform')
    .catch((reason: unknown) => reason);
  expect(error).toMatchObject({
    code: 'NotFound',
    remedy: expect.stringMatching(/install Go .*KUBEBUILDER_ASSETS/),
  });
  expect(String(error)).toMatch(/kubeconform v1\.2\.3 cannot be had/);
  expect(String(error)).toMatch(/KUBEBUILDER_ASSETS: not set/);
  expect(String(error)).toMatch(/cache: nothing at .*\/programs\/kubeconform\/v1\.2\.3\/kubeconform/);
  expect(String(error)).toMatch(/PATH: .* is version 1\.3\.0, which does not fit v1\.2\.3/);
  expect(String(error)).toMatch(/download: .*ECONNREFUSED/);
  expect(String(error)).toMatch(/build: no go command in PATH/);
  expect(await machine.leftovers()).toEqual([]);
});

test('a cache folder that cannot be written is part of that error', async () => {
  await using machine = await Machine.create();
  machine.env.XDG_CACHE_HOME = await writeProgram(join(machine.folder, 'file'), '');
  const error = await machine
    .resolver()
    .resolve('kubeconform')
    .catch((reason: unknown) => reason);
  expect(String(error)).toMatch(/cache folder: .*(ENOTDIR|EEXIST)/);
});

test('several programs are found in one go', async () => {
  await using machine = await Machine.create();
  await writeProgram(machine.cached, script('v1.2.3'));
  const kubectl = await writeProgram(
    join(machine.bin, 'kubectl'),
    '#!/bin/sh\necho Client Version: v1.36.0\n',
  );
  expect(await machine.resolver().resolveAll(['kubectl', 'kubeconform'])).toEqual({
    kubectl,
    kubeconform: machine.cached,
  });
});

test('Helm 4 is found under the name helm too, and Helm 3 is not taken for it', async () => {
  await using machine = await Machine.create();
  const path = await writeProgram(join(machine.bin, 'helm'), '#!/bin/sh\necho v4.3.0\n');
  expect(await machine.resolver().resolve('helm4')).toBe(path);
  await expect(machine.resolver().resolve('helm')).rejects.toThrow(/does not fit v3\.22\.0/);
});

test('a program asked for twice is looked at once', async () => {
  await using machine = await Machine.create();
  const counter = join(machine.folder, 'runs');
  await writeProgram(machine.cached, `#!/bin/sh\necho run >> ${counter}\necho v1.2.3\n`);
  const resolver = machine.resolver();
  await Promise.all([resolver.resolve('kubeconform'), resolver.resolve('kubeconform')]);
  expect(await readFile(counter, 'utf8')).toBe('run\n');
});
