import { type ProgramName, sidecarNames } from '@rackwright/testbed';

/** What every tier with a whole cluster runs. */
export const clusterPrograms: readonly ProgramName[] = [
  'etcd',
  'kube-apiserver',
  'kube-controller-manager',
  'kube-scheduler',
  'kubectl',
  'helm',
  'helm4',
  'kubeconform',
  'actionlint',
];

/** What real nodes run. */
export const nodePrograms = [
  'kubelet',
  'containerd',
  'containerd-shim-runc-v2',
  'ctr',
  'kube-proxy',
  'coredns',
  ...sidecarNames,
] as const satisfies readonly ProgramName[];
