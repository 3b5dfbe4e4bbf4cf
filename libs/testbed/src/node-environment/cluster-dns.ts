import { Resolver } from 'node:dns/promises';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '@rackwright/core';
import { makeFolder } from '@rackwright/host';
import { type KubeClient, resources } from '@rackwright/kube';
import type { ControlPlane } from '../control-plane/control-plane.ts';
import { Daemon } from '../process/daemon.ts';
import { waitUntil } from '../wait-until.ts';
import { leadToControlPlane } from './control-plane-endpoint.ts';
import { controlPlaneAddress } from './layout.ts';

/** Address of the Service at which pods ask for names. */
export const dnsAddress = '10.96.0.10';

/** The domain of the cluster's names. */
export const clusterDomain = 'cluster.local';

const user = 'system:coredns';
const service = { namespace: 'kube-system', name: 'kube-dns' } as const;

/** What the cluster's DNS is started with. */
export interface ClusterDnsOptions {
  readonly controlPlane: ControlPlane;
  /** Path of CoreDNS. */
  readonly program: string;
  readonly folder: string;
  readonly client: KubeClient;
  readonly clock: Clock;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Starts CoreDNS beside the API server and makes the Service that leads to it,
 * with the rights it needs. Resolves when it knows the cluster's names.
 */
export async function startClusterDns(options: ClusterDnsOptions): Promise<Daemon> {
  const { controlPlane, program, folder, client, clock, signal } = options;
  await makeFolder(folder);
  await writeRights(client);
  const kubeconfig = join(folder, 'kubeconfig');
  await controlPlane.kubeconfigFor(controlPlane.as(user, []), kubeconfig);
  const corefile = join(folder, 'Corefile');
  await writeFile(corefile, corefileText(kubeconfig));
  const daemon = await Daemon.start(
    {
      ...{ name: 'coredns', program, args: ['-conf', corefile], log: join(folder, 'coredns.log') },
      env: { PATH: process.env.PATH ?? '' },
    },
    clock,
  );
  await writeService(client);
  const knows = async (): Promise<boolean> => daemon.exit !== undefined || (await knowsApiServer());
  await waitUntil('CoreDNS to know the cluster', knows, { clock, signal });
  if (daemon.exit !== undefined) throw await daemon.failure('CoreDNS does not start');
  return daemon;
}

/** Names of the cluster; of all others, which a network without a way out cannot ask for, that there are none. */
export function corefileText(kubeconfig: string): string {
  return `${clusterDomain} 10.in-addr.arpa {
  bind ${controlPlaneAddress}
  errors
  kubernetes ${clusterDomain} 10.in-addr.arpa {
    kubeconfig ${kubeconfig}
  }
}
. {
  bind ${controlPlaneAddress}
  errors
  template ANY ANY {
    rcode NXDOMAIN
  }
}
`;
}

async function knowsApiServer(): Promise<boolean> {
  const resolver = new Resolver({ timeout: 500, tries: 1 });
  resolver.setServers([controlPlaneAddress]);
  return (await resolver.resolve4(`kubernetes.default.svc.${clusterDomain}`)).length > 0;
}

async function writeRights(client: KubeClient): Promise<void> {
  const verbs = ['list', 'watch'];
  await client.create(resources.clusterRoles, {
    metadata: { name: user },
    rules: [
      { apiGroups: [''], resources: ['namespaces', 'pods', 'services'], verbs },
      { apiGroups: ['discovery.k8s.io'], resources: ['endpointslices'], verbs },
    ],
  });
  await client.create(resources.clusterRoleBindings, {
    metadata: { name: user },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: user },
    subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: user }],
  });
}

/** CoreDNS is no pod, so no selector finds it. */
async function writeService(client: KubeClient): Promise<void> {
  const ports = [
    { name: 'dns', protocol: 'UDP', port: 53 },
    { name: 'dns-tcp', protocol: 'TCP', port: 53 },
  ] as const;
  await client.create(resources.services, {
    metadata: service,
    spec: { clusterIP: dnsAddress, ports: [...ports] },
  });
  await leadToControlPlane(client, service, ports);
}
