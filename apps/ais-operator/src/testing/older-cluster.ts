import { createHash } from 'node:crypto';
import type { AIStore } from '@rackwright/api';
import type { ConfigMap, KubeObject, Pod, Service, ServiceAccount, StatefulSet } from '@rackwright/kube';

type Role = 'proxy' | 'target';

const namespace = 'older';
const ports = { proxy: [51_080, 51_080, 51_082, 51_083], target: [51_081, 51_081, 51_082, 51_083] } as const;

/** What the user of the older operator wrote: a cluster with TLS and two targets. */
export const olderAIStore = {
  ...{ apiVersion: 'ais.nvidia.com/v1beta1', kind: 'AIStore' },
  metadata: {
    ...{ name: 'ais', namespace, finalizers: ['finalize.ais'] },
    annotations: {
      'config.aistore.nvidia.com/hash': 'f00d',
      'config.aistore.nvidia.com/restart-hash': 'f00d',
    },
  },
  spec: {
    ...{
      size: 2,
      nodeImage: 'docker.io/aistorage/aisnode:v4.9',
      initImage: 'docker.io/aistorage/ais-init:v4.9',
    },
    stateStorage: { hostPath: { prefix: '/etc/ais' } },
    tls: { secretName: 'tls' },
    configToUpdate: { net: { http: { use_https: true } } },
    proxySpec: portsOf('proxy'),
    targetSpec: {
      ...portsOf('target'),
      mounts: [{ path: '/ais/nvme0n1', size: '10Gi', storageClass: 'local' }],
    },
  },
} as unknown as AIStore;

function portsOf(role: Role) {
  const [servicePort, portPublic, portIntraControl, portIntraData] = ports[role];
  return { servicePort, portPublic, portIntraControl, portIntraData };
}

/** As Go writes `net.http`, its fields in the order of the struct. */
const restartHash = createHash('sha256')
  .update(
    '{"server_crt":"/var/certs/tls.crt","server_key":"/var/certs/tls.key","client_ca_tls":"/var/certs/ca.crt","use_https":true}',
  )
  .digest('hex');

function ownerOf({ metadata }: KubeObject) {
  return {
    ownerReferences: [
      {
        ...{ apiVersion: 'ais.nvidia.com/v1beta1', kind: 'AIStore', name: 'ais', uid: metadata?.uid ?? '' },
        ...{ controller: true, blockOwnerDeletion: true },
      },
    ],
  };
}

function labelsOf(role: Role): Record<string, string> {
  return {
    ...{ app: 'ais', component: role },
    'app.kubernetes.io/name': 'ais',
    'app.kubernetes.io/component': role,
    'app.kubernetes.io/managed-by': 'ais-operator',
  };
}

function selectorOf(role: Role): Record<string, string> {
  return { 'app.kubernetes.io/name': 'ais', 'app.kubernetes.io/component': role };
}

/** The StatefulSet of a role as version 3.4.0 of the older operator makes it (ais.md §3.2). */
export function olderSet(cluster: AIStore, role: Role): StatefulSet {
  const field = (name: string, fieldPath: string) => ({ name, valueFrom: { fieldRef: { fieldPath } } });
  const identity = [
    field('MY_NODE', 'spec.nodeName'),
    field('MY_POD', 'metadata.name'),
    field('K8S_NS', 'metadata.namespace'),
  ];
  const isTarget = role === 'target';
  const subPath = isTarget ? { subPathExpr: '$(MY_POD)' } : {};
  const confined = { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } };
  const [servicePort, portPublic] = ports[role];
  const probe = (query: string, numbers: object) => ({
    httpGet: { path: `/v1/health${query}`, port: portPublic, scheme: 'HTTPS' },
    ...{ timeoutSeconds: 5, periodSeconds: 5, successThreshold: 1, ...numbers },
  });
  const settings = [
    { name: 'config-template', mountPath: '/var/ais_config_template' },
    { name: 'config-mount', mountPath: '/var/ais_config' },
    { name: 'config-global', mountPath: '/var/global_config' },
  ];
  return {
    ...{ apiVersion: 'apps/v1', kind: 'StatefulSet' },
    metadata: { name: `ais-${role}`, namespace, labels: labelsOf(role), ...ownerOf(cluster) },
    spec: {
      ...{ replicas: 2, serviceName: `ais-${role}`, podManagementPolicy: 'Parallel' },
      selector: { matchLabels: selectorOf(role) },
      ...(isTarget ? { updateStrategy: { type: 'OnDelete' } } : {}),
      template: {
        metadata: {
          labels: labelsOf(role),
          annotations: {
            'config.aistore.nvidia.com/restart-hash': restartHash,
            // By a user, with kubectl rollout restart.
            'kubectl.kubernetes.io/restartedAt': '2026-01-01T00:00:00Z',
          },
        },
        spec: {
          initContainers: [
            {
              ...{
                name: 'populate-env',
                image: 'docker.io/aistorage/ais-init:v4.9',
                imagePullPolicy: 'Always',
              },
              args: [
                `-role=${role}`,
                '-local_config_template=/var/ais_config_template/ais_local.json',
                '-output_local_config=/var/ais_config/ais_local.json',
                '-cluster_config_override=/var/global_config/ais.json',
                '-output_cluster_config=/var/ais_config/ais.json',
              ],
              env: [
                field('HOST_IPS', 'status.hostIPs'),
                { name: 'AIS_K8S_CLUSTER_DOMAIN', value: 'cluster.local' },
                { name: 'ENABLE_EXTERNAL_ACCESS', value: 'false' },
                ...identity,
                { name: 'MY_SERVICE', value: `ais-${role}` },
              ],
              resources: {
                requests: { cpu: '1', memory: '1Gi', 'ephemeral-storage': '48Mi' },
                limits: { cpu: '1', memory: '1Gi' },
              },
              securityContext: { ...confined, readOnlyRootFilesystem: true },
              volumeMounts: settings,
            },
          ],
          containers: [
            {
              ...{ name: 'ais-node', image: 'docker.io/aistorage/aisnode:v4.9', imagePullPolicy: 'Always' },
              command: ['aisnode'],
              args: [
                '-config=/var/ais_config/ais.json',
                '-local_config=/var/ais_config/ais_local.json',
                `-role=${role}`,
                ...(isTarget ? [] : ['-ntargets=2']),
              ],
              env: identity,
              ports: [{ name: 'http', containerPort: servicePort, protocol: 'TCP' }],
              resources: { requests: { 'ephemeral-storage': '656Mi' } },
              securityContext: confined,
              volumeMounts: [
                { name: 'config-mount', mountPath: '/var/ais_config' },
                { name: 'logs-dir', mountPath: '/var/log/ais', ...subPath },
                { name: 'state-mount', mountPath: '/etc/ais', ...subPath },
                { name: 'tls-certs', mountPath: '/var/certs', readOnly: true },
                ...(isTarget ? [{ name: 'ais-ais-nvme0n1', mountPath: '/ais/nvme0n1' }] : []),
              ],
              livenessProbe: probe('', { initialDelaySeconds: 60, failureThreshold: 10 }),
              readinessProbe: probe('?readiness=true', { failureThreshold: 5 }),
              startupProbe: probe('?readiness=true', { failureThreshold: 30 }),
            },
          ],
          volumes: [
            { name: 'config-template', configMap: { name: `ais-${role}`, defaultMode: 0o644 } },
            { name: 'config-mount', emptyDir: {} },
            { name: 'config-global', configMap: { name: 'ais-global-cm', defaultMode: 0o644 } },
            { name: 'logs-dir', emptyDir: {} },
            {
              name: 'state-mount',
              hostPath: { path: `/etc/ais/${namespace}/ais/${role}`, type: 'DirectoryOrCreate' },
            },
            { name: 'tls-certs', secret: { secretName: 'tls', defaultMode: 0o644 } },
          ],
          serviceAccountName: 'ais-sa',
          securityContext: { runAsNonRoot: false, seccompProfile: { type: 'RuntimeDefault' } },
          dnsPolicy: 'ClusterFirst',
          affinity: {
            podAntiAffinity: {
              requiredDuringSchedulingIgnoredDuringExecution: [
                { labelSelector: { matchLabels: selectorOf(role) }, topologyKey: 'kubernetes.io/hostname' },
              ],
            },
          },
        },
      },
      ...(isTarget
        ? {
            volumeClaimTemplates: [
              {
                metadata: { name: 'ais-ais-nvme0n1' },
                spec: {
                  ...{ accessModes: ['ReadWriteOnce'], storageClassName: 'local' },
                  resources: { requests: { storage: '10737418240' } },
                },
              },
            ],
          }
        : {}),
    },
  } as unknown as StatefulSet;
}

/** The other objects of the cluster, which the older operator puts none of its labels on. */
export function olderConfigMap(cluster: AIStore, name: string): ConfigMap {
  return { metadata: { name, namespace, ...ownerOf(cluster) }, data: { 'ais.json': '{}' } };
}

export function olderAccount(cluster: AIStore): ServiceAccount {
  return { metadata: { name: 'ais-sa', namespace, ...ownerOf(cluster) } };
}

export function olderService(cluster: AIStore, role: Role): Service {
  const [pub, , control, data] = ports[role];
  const port = (name: string, number: number) => ({ name, port: number, targetPort: number });
  return {
    metadata: {
      ...{ name: `ais-${role}`, namespace, ...ownerOf(cluster) },
      labels: {
        app: 'ais',
        'app.kubernetes.io/name': 'ais',
        'app.kubernetes.io/component': `${role}-svc`,
      },
      annotations: { 'prometheus.io/scrape': 'true' },
    },
    spec: {
      ...{ clusterIP: 'None', publishNotReadyAddresses: true, selector: selectorOf(role) },
      ports: [port('pub', pub), port('control', control), port('data', data)],
    },
  } as unknown as Service;
}

/** A pod of a StatefulSet that runs, as the StatefulSet's controller makes it. */
export function olderPod(set: StatefulSet, role: Role, ordinal: number): Pod {
  return {
    metadata: {
      ...{ name: `ais-${role}-${ordinal}`, namespace },
      labels: { ...labelsOf(role), 'controller-revision-hash': 'ais-1' },
      ownerReferences: [
        {
          ...{ apiVersion: 'apps/v1', kind: 'StatefulSet', name: set.metadata?.name ?? '' },
          ...{ uid: set.metadata?.uid ?? '', controller: true },
        },
      ],
    },
    spec: {
      serviceAccountName: 'ais-sa',
      containers: [{ name: 'ais-node', image: 'docker.io/aistorage/aisnode:v4.9' }],
    },
  };
}
