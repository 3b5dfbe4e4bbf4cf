import { join } from 'node:path';

/** Files and ports of one control plane; every path is absolute. */
export interface Layout {
  readonly folder: string;
  readonly etcdPort: number;
  readonly apiPort: number;
  /** Address the API server listens on. */
  readonly bindAddress: string;
  /** Address at which nodes reach the API server. */
  readonly advertiseAddress: string;
  /** Unix socket of the HTTP CONNECT proxy through which the API server reaches Services and nodes; default directly. */
  readonly egressSocket?: string;
  /** How long a node may give no sign of life before it is called lost, in milliseconds; default Kubernetes' 50 s. */
  readonly nodeGraceMs?: number;
}

export const serviceAccountIssuer = 'https://kubernetes.default.svc';

/** Name of the file that says how the API server reaches the cluster's network. */
export const egressFile = 'egress.json';

/** Webhooks, aggregated APIs and kubelets are asked through the proxy at `socket`; etcd is not. */
export function egressConfiguration(socket: string): unknown {
  const connection = { proxyProtocol: 'HTTPConnect', transport: { uds: { udsName: socket } } };
  return {
    apiVersion: 'apiserver.k8s.io/v1beta1',
    kind: 'EgressSelectorConfiguration',
    egressSelections: [{ name: 'cluster', connection }],
  };
}

/** Path of a key, certificate or configuration file of the control plane. */
export function file(layout: Layout, name: string): string {
  return join(layout.folder, name);
}

/** etcd without fsync: its data need not survive a power cut. */
export function etcdArguments(layout: Layout): string[] {
  const url = `https://127.0.0.1:${layout.etcdPort}`;
  return [
    '--name=testbed',
    `--data-dir=${file(layout, 'etcd')}`,
    `--listen-client-urls=${url}`,
    `--advertise-client-urls=${url}`,
    '--listen-peer-urls=http://127.0.0.1:0',
    `--trusted-ca-file=${file(layout, 'ca.crt')}`,
    `--cert-file=${file(layout, 'etcd.crt')}`,
    `--key-file=${file(layout, 'etcd.key')}`,
    '--client-cert-auth',
    '--unsafe-no-fsync',
    '--snapshot-count=10000',
    '--log-level=warn',
  ];
}

export function apiServerArguments(layout: Layout): string[] {
  return [
    `--etcd-servers=https://127.0.0.1:${layout.etcdPort}`,
    `--etcd-cafile=${file(layout, 'ca.crt')}`,
    `--etcd-certfile=${file(layout, 'etcd.crt')}`,
    `--etcd-keyfile=${file(layout, 'etcd.key')}`,
    // Nothing needs these meters and compaction rounds in a short-lived plane.
    '--etcd-compaction-interval=0',
    '--etcd-count-metric-poll-period=0',
    '--etcd-db-metric-poll-interval=0',
    `--secure-port=${layout.apiPort}`,
    `--bind-address=${layout.bindAddress}`,
    `--advertise-address=${layout.advertiseAddress}`,
    '--endpoint-reconciler-type=none',
    '--service-cluster-ip-range=10.96.0.0/16',
    `--tls-cert-file=${file(layout, 'api.crt')}`,
    `--tls-private-key-file=${file(layout, 'api.key')}`,
    `--client-ca-file=${file(layout, 'ca.crt')}`,
    `--kubelet-certificate-authority=${file(layout, 'ca.crt')}`,
    `--kubelet-client-certificate=${file(layout, 'kubelet-client.crt')}`,
    `--kubelet-client-key=${file(layout, 'kubelet-client.key')}`,
    ...(layout.egressSocket === undefined
      ? []
      : [`--egress-selector-config-file=${file(layout, egressFile)}`]),
    // Names of simulated nodes are in no DNS.
    '--kubelet-preferred-address-types=InternalIP',
    `--service-account-issuer=${serviceAccountIssuer}`,
    `--service-account-key-file=${file(layout, 'service-account.pub')}`,
    `--service-account-signing-key-file=${file(layout, 'service-account.key')}`,
    '--authorization-mode=Node,RBAC',
    '--enable-admission-plugins=NodeRestriction',
    '--allow-privileged=true',
    `--audit-policy-file=${file(layout, 'audit-policy.json')}`,
    `--audit-log-path=${file(layout, 'audit.log')}`,
    '--audit-log-mode=blocking',
    // One file for the whole run, so that a reader misses nothing.
    '--audit-log-maxsize=0',
    '--shutdown-delay-duration=0s',
    '--profiling=false',
    '--v=1',
  ];
}

export function controllerManagerArguments(layout: Layout): string[] {
  return [
    ...sharedControllerArguments(layout, 'controller-manager'),
    '--use-service-account-credentials=true',
    `--root-ca-file=${file(layout, 'ca.crt')}`,
    `--service-account-private-key-file=${file(layout, 'service-account.key')}`,
    `--cluster-signing-cert-file=${file(layout, 'ca.crt')}`,
    `--cluster-signing-key-file=${file(layout, 'ca.key')}`,
    ...(layout.nodeGraceMs === undefined
      ? []
      : ['--node-monitor-period=1s', `--node-monitor-grace-period=${layout.nodeGraceMs}ms`]),
  ];
}

export function schedulerArguments(layout: Layout): string[] {
  return sharedControllerArguments(layout, 'scheduler');
}

function sharedControllerArguments(layout: Layout, name: string): string[] {
  return [
    `--kubeconfig=${file(layout, `${name}.kubeconfig`)}`,
    // No serving port: readiness shows in what the controllers write.
    '--secure-port=0',
    '--leader-elect=false',
    '--profiling=false',
    // The limits for a shared cluster make the start seconds slower.
    '--kube-api-qps=1000',
    '--kube-api-burst=1000',
  ];
}

/**
 * Every request without its body: who, what, and whether it was allowed. Of a
 * watch also the beginning, because its end may come long after. Of bindings
 * the body too: it tells which role was bound, even when both are gone.
 */
export const auditPolicy = {
  apiVersion: 'audit.k8s.io/v1',
  kind: 'Policy',
  omitStages: ['RequestReceived'],
  rules: [
    {
      level: 'Request',
      verbs: ['create', 'update', 'patch'],
      resources: [{ group: 'rbac.authorization.k8s.io', resources: ['rolebindings', 'clusterrolebindings'] }],
    },
    { level: 'Metadata' },
  ],
} as const;
