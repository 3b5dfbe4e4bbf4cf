/** The programs the test bed can run. */
export type ProgramName =
  | 'etcd'
  | 'kube-apiserver'
  | 'kube-controller-manager'
  | 'kube-scheduler'
  | 'kubectl'
  | 'kubelet'
  | 'helm'
  | 'helm4'
  | 'kubeconform';

/** What is known of a program before it is found. */
export interface ProgramSpec {
  /** The version that is fetched or built, with its `v`. */
  readonly version: string;
}

const kubernetes: ProgramSpec = { version: 'v1.36.3' };

/** Every program with its pinned version. */
export const programs: Readonly<Record<ProgramName, ProgramSpec>> = {
  etcd: { version: 'v3.7.3' },
  'kube-apiserver': kubernetes,
  'kube-controller-manager': kubernetes,
  'kube-scheduler': kubernetes,
  kubectl: kubernetes,
  kubelet: kubernetes,
  helm: { version: 'v3.22.0' },
  helm4: { version: 'v4.3.1' },
  kubeconform: { version: 'v0.8.0' },
};
