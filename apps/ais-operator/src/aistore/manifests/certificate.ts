import { ais } from '@rackwright/keys';
import { type KubeObject, type Node, resourceType, type Service } from '@rackwright/kube';
import type { EffectiveSpec } from '../effective.ts';
import { names, type Owner, ownedMeta, ownerLabels, type Role, roles } from '../identity.ts';

/** Certificates of cert-manager. */
export const certificates = resourceType<KubeObject>({
  group: 'cert-manager.io',
  version: 'v1',
  plural: 'certificates',
  kind: 'Certificate',
  namespaced: true,
});

export const certificateUsages = [
  'digital signature',
  'key encipherment',
  'server auth',
  'client auth',
] as const;

export interface CertificateInput {
  readonly owner: Owner;
  readonly effective: EffectiveSpec;
  /** Domain of the names of Services. */
  readonly domain: string;
  /** All nodes there are. */
  readonly nodes: readonly Node[];
  /** Services of the cluster, as they are. */
  readonly services: readonly Service[];
}

/** A certificate of cert-manager with all names of the cluster; none where the spec wants it otherwise. */
export function certificateOf(input: CertificateInput): KubeObject[] {
  const { owner, effective } = input;
  if (effective.tls?.kind !== 'certificate') return [];
  const { issuerRef, duration, renewBefore } = effective.tls.certificate;
  const { dnsNames, ipAddresses } = subjectNames(input);
  return [
    {
      apiVersion: `${certificates.group}/${certificates.version}`,
      kind: certificates.kind,
      metadata: ownedMeta(owner, names.certificate(owner.name), {
        ...ownerLabels(owner.name),
        [ais.label.app]: owner.name,
      }),
      spec: {
        secretName: names.certificateSecret(owner.name),
        issuerRef: { name: issuerRef.name, kind: issuerRef.kind, group: certificates.group },
        dnsNames,
        ...(ipAddresses.length === 0 ? {} : { ipAddresses }),
        usages: [...certificateUsages],
        ...(duration === undefined ? {} : { duration }),
        ...(renewBefore === undefined ? {} : { renewBefore }),
      },
    } as KubeObject,
  ];
}

/** Every name and address that a cluster is reached by, each once and in order (ais.md §2.12). */
export function subjectNames(input: CertificateInput): {
  readonly dnsNames: string[];
  readonly ipAddresses: string[];
} {
  const hosts = publicHosts(input);
  return {
    dnsNames: sorted([...clusterNames(input), ...hosts.names]),
    ipAddresses: sorted(hosts.addresses),
  };
}

/** Those that do not change with nodes and load balancers. */
export function clusterNames({
  owner: { name, namespace },
  effective: { spec, tls },
  domain,
}: Pick<CertificateInput, 'owner' | 'effective' | 'domain'>): string[] {
  const ofService = (role: Role): string[] => {
    const service = names.role(name, role);
    const whole = `${service}.${namespace}.svc.${domain}`;
    return [service, `${service}.${namespace}`, whole, `*.${whole}`];
  };
  const mapped = Object.values(spec.hostnameMap ?? {}).flatMap((hosts) =>
    hosts
      .split(',')
      .map((host) => host.trim())
      .filter((host) => host !== ''),
  );
  const additional = tls === undefined || tls.kind === 'secret' ? [] : tls.certificate.additionalDNSNames;
  return sorted([...roles.flatMap(ofService), ...mapped, ...(additional ?? [])]);
}

interface Hosts {
  readonly names: string[];
  readonly addresses: string[];
}

function publicHosts({ owner, effective, nodes, services }: CertificateInput): Hosts {
  const mode = effective.spec.publicNetDNSMode ?? 'IP';
  if (mode === 'Pod') return { names: [], addresses: [] };
  const balanced = services
    .filter(({ spec }) => spec?.type === 'LoadBalancer')
    .filter(({ metadata }) =>
      roles.some(
        (role) =>
          effective.external[role] && metadata?.name?.startsWith(`${names.role(owner.name, role)}-`) === true,
      ),
    )
    .flatMap(({ status }) => status?.loadBalancer?.ingress ?? []);
  // Whatever their taints: a node that is cordoned is to change no certificate.
  const serving = nodes.filter((node) => isSelected(node, effective));
  const nodeNames = mode === 'Node' ? serving.flatMap(({ metadata }) => metadata?.name ?? []) : [];
  const nodeAddresses = mode === 'IP' ? serving.flatMap(addressOf) : [];
  return {
    names: [...nodeNames, ...balanced.flatMap(({ hostname }) => hostname ?? [])],
    addresses: [...nodeAddresses, ...balanced.flatMap(({ ip }) => ip ?? [])],
  };
}

/** Whether pods of a role may run there, by the labels of the node. */
function isSelected({ metadata }: Node, { spec: { proxySpec, targetSpec } }: EffectiveSpec): boolean {
  const labels = metadata?.labels ?? {};
  return [proxySpec, targetSpec].some(({ nodeSelector = {} }) =>
    Object.entries(nodeSelector).every(([key, value]) => labels[key] === value),
  );
}

/** The internal one, or else the external one. */
function addressOf({ status }: Node): string[] {
  const of = (type: string): string | undefined =>
    status?.addresses?.find((address) => address.type === type)?.address;
  const address = of('InternalIP') ?? of('ExternalIP');
  return address === undefined ? [] : [address];
}

function sorted(texts: readonly string[]): string[] {
  return [...new Set(texts)].sort();
}
