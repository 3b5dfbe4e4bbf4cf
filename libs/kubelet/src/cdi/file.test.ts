import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { socketFolder } from '../testing/index.ts';
import { cdiAnnotation } from './annotation.ts';
import { CdiFile, formatCdiSpec, parseCdiSpec } from './file.ts';
import { cdiSpec } from './spec.ts';

const spec = (name: string) =>
  cdiSpec({
    kind: 'hpe.com/cxi',
    devices: [{ name, containerEdits: { deviceNodes: [{ path: `/dev/${name}` }] } }],
  });

test('written, left alone while nothing changes, replaced, removed when empty', async () => {
  using folder = socketFolder();
  const file = new CdiFile(join(folder.path, 'cdi', 'hpe.com-cxi.yaml'));
  expect(await file.update(undefined)).toBe('unchanged');
  expect(await file.update(spec('cxi0'))).toBe('written');
  const first = statSync(file.path);
  expect(await file.update(spec('cxi0'))).toBe('unchanged');
  expect(statSync(file.path).ino).toBe(first.ino);
  expect(first.mode & 0o777).toBe(0o644);
  expect(await file.update(spec('cxi1'))).toBe('written');
  expect(readFileSync(file.path, 'utf8')).toContain('/dev/cxi1');
  expect(await file.update(undefined)).toBe('removed');
  expect(readdirSync(join(folder.path, 'cdi'))).toEqual([]);
});

test('what a crash left behind is cleaned, what somebody else edited is put right', async () => {
  using folder = socketFolder();
  const file = new CdiFile(join(folder.path, 'hpe.com-cxi.yaml'));
  writeFileSync(join(folder.path, '.hpe.com-cxi.yaml.1.1.tmp'), 'half');
  await file.update(spec('cxi0'));
  expect(readdirSync(folder.path)).toEqual(['hpe.com-cxi.yaml']);
  writeFileSync(file.path, 'garbage');
  expect(await file.update(spec('cxi0'))).toBe('written');
});

test('an invalid specification is refused and the good file stays', async () => {
  using folder = socketFolder();
  const file = new CdiFile(join(folder.path, 'hpe.com-cxi.yaml'));
  await file.update(spec('cxi0'));
  await expect(file.update(spec('-'))).rejects.toMatchObject({
    code: 'InvalidArgument',
    message: 'CDI specification of hpe.com/cxi: devices[0].name: "-" is not a device name',
  });
  expect(await file.read()).toContain('cxi0');
});

test('a folder that cannot be written is named', async () => {
  using folder = socketFolder();
  writeFileSync(join(folder.path, 'cdi'), 'a file where the folder should be');
  const file = new CdiFile(join(folder.path, 'cdi', 'hpe.com-cxi.yaml'));
  await expect(file.update(spec('cxi0'))).rejects.toMatchObject({
    code: 'Internal',
    message: `cannot write the CDI specification ${file.path}`,
  });
});

test('a specification is read back as it was written', async () => {
  const name = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9_.:-]{0,8}[A-Za-z0-9]$/);
  const value = fc.string({ unit: 'binary' }).map((text) => `NAME=${text}`);
  await fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(name, { minLength: 1 }),
      fc.array(value, { minLength: 1 }),
      async (names, env) => {
        const written = cdiSpec({
          kind: 'hpe.com/cxi',
          devices: names.map((one) => ({ name: one, containerEdits: { env } })),
        });
        expect(await parseCdiSpec(formatCdiSpec(written))).toEqual({ ok: true, value: written });
      },
    ),
  );
});

test.each([
  ['{', /^not YAML: /],
  ['kind: x', /^not a CDI specification: kind: "x" is not vendor\/class; devices: there is none$/],
  ['', /^not a CDI specification: the specification is not a mapping$/],
])('%j is no specification', async (text, message) => {
  expect(await parseCdiSpec(text)).toMatchObject({
    ok: false,
    error: { message: expect.stringMatching(message) },
  });
});

test('an annotation asks for devices under a key of its own', () => {
  expect(cdiAnnotation('cxi-device-plugin', 'hpe.com/cxi', ['hpe.com/cxi=cxi0', 'hpe.com/cxi=cxi1'])).toEqual(
    {
      'cdi.k8s.io/cxi-device-plugin_hpe.com_cxi': 'hpe.com/cxi=cxi0,hpe.com/cxi=cxi1',
    },
  );
  expect(() => cdiAnnotation('p', 'x y', [])).toThrow('is not an annotation name');
});

test('two resources with names too long for an annotation’s key have different keys all the same', () => {
  const keyOf = (resource: string): string =>
    Object.keys(cdiAnnotation('hpe.com.cxi', resource, []))[0]?.replace('cdi.k8s.io/', '') ?? '';
  const keys = ['a', 'b'].map((end) => keyOf(`hpe.com/${'x'.repeat(62)}${end}`));
  expect(keys[0]).toMatch(/^hpe\.com\.cxi_hpe\.com_x+-[0-9a-f]{12}$/);
  expect(keys.map((key) => key.length)).toEqual([63, 63]);
  expect(new Set(keys).size).toBe(2);
});
