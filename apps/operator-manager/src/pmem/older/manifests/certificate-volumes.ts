import type { Volume, VolumeMount } from '@rackwright/kube';
import type { Owner } from '../../manifests/identity.ts';
import { namesOf } from './identity.ts';

/** Whose certificate it is; the names of its files begin so. */
export type CertificateOwner = 'registry' | 'nodeController';

const fileNames = {
  registry: 'pmem-csi-registry',
  nodeController: 'pmem-csi-node-controller',
} as const satisfies Record<CertificateOwner, string>;

const paths = { ca: '/ca-certs', own: '/certs' } as const;

/** Flags by which the driver finds its certificates. */
export function certificateFlags(whose: CertificateOwner): string[] {
  const own = `${paths.own}/${fileNames[whose]}`;
  return [`-caFile=${paths.ca}/ca.crt`, `-certFile=${own}.crt`, `-keyFile=${own}.key`];
}

/** The Secrets of these certificates. */
export function certificateVolumes(owner: Owner, whose: CertificateOwner): Volume[] {
  const names = namesOf(owner);
  const name = fileNames[whose];
  const items = [
    { key: 'tls.crt', path: `${name}.crt` },
    { key: 'tls.key', path: `${name}.key` },
  ];
  return [
    { name: volumeNames[whose], secret: { secretName: names[whose], items } },
    { name: 'ca-cert', secret: { secretName: names.ca, items: [{ key: 'tls.crt', path: 'ca.crt' }] } },
  ];
}

export function certificateMounts(whose: CertificateOwner): VolumeMount[] {
  return [
    { name: volumeNames[whose], mountPath: paths.own, readOnly: true },
    { name: 'ca-cert', mountPath: paths.ca, readOnly: true },
  ];
}

const volumeNames = {
  registry: 'registry-cert',
  nodeController: 'node-controller-cert',
} as const satisfies Record<CertificateOwner, string>;
