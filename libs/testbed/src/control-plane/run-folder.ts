import { writeFile } from 'node:fs/promises';
import type { Clock } from '@rackwright/core';
import { makeFolder } from '@rackwright/host';
import { auditPolicy, egressConfiguration, egressFile, file, type Layout } from './arguments.ts';
import { Authority, signingKeys } from './authority.ts';

const apiServerNames = [
  'localhost',
  'kubernetes',
  'kubernetes.default',
  'kubernetes.default.svc',
  'kubernetes.default.svc.cluster.local',
];

/** Writes every key, certificate and policy file of a new control plane. */
export async function writeRunFolder(layout: Layout, clock: Clock): Promise<Authority> {
  const authority = await Authority.create(clock);
  const tokens = signingKeys();
  const pairs = {
    etcd: await authority.issue({ commonName: 'etcd', hosts: ['127.0.0.1'] }),
    api: await authority.issue({
      commonName: 'kube-apiserver',
      hosts: [...new Set([...apiServerNames, '127.0.0.1', '10.96.0.1', layout.advertiseAddress])],
    }),
    'kubelet-client': await authority.issue({
      commonName: 'kube-apiserver-kubelet-client',
      organizations: ['system:masters'],
    }),
  };
  await makeFolder(layout.folder, { mode: 0o700 });
  const files: Record<string, string> = {
    'ca.crt': authority.cert,
    'ca.key': authority.key,
    'service-account.key': tokens.privateKey,
    'service-account.pub': tokens.publicKey,
    'audit-policy.json': `${JSON.stringify(auditPolicy, null, 2)}\n`,
    'audit.log': '',
    ...(layout.egressSocket === undefined
      ? {}
      : { [egressFile]: JSON.stringify(egressConfiguration(layout.egressSocket)) }),
  };
  for (const [name, pair] of Object.entries(pairs)) {
    files[`${name}.crt`] = pair.cert;
    files[`${name}.key`] = pair.key;
  }
  for (const [name, content] of Object.entries(files)) await writePrivate(file(layout, name), content);
  return authority;
}

/** Writes a file only its owner can read. */
export async function writePrivate(path: string, content: string): Promise<void> {
  await writeFile(path, content, { mode: 0o600 });
}
