import { type ConfigOf, defineOptions } from '@rackwright/service';

/** Where the API server is; also for the commands of an app. */
export const connectionOptions = defineOptions({
  kubeconfig: {
    flag: 'kubeconfig',
    type: 'string',
    description:
      'Kubeconfig file; left out, the service account of the pod is used, and outside of a pod KUBECONFIG or ~/.kube/config.',
  },
});

/** How several replicas agree on who works. */
export const leaderOptions = defineOptions({
  leaderElect: {
    flag: 'leader-elect',
    type: 'boolean',
    default: false,
    description: 'Let one of several replicas work and the others wait.',
  },
  leaseDuration: {
    flag: 'lease-duration',
    type: 'duration',
    default: '15s',
    description: 'Others may take the lead when its holder did not renew it for this long.',
  },
  renewDeadline: {
    flag: 'renew-deadline',
    type: 'duration',
    default: '10s',
    description: 'The leader stops, and writes nothing more, when it could not renew for this long.',
  },
  retryPeriod: {
    flag: 'retry-period',
    type: 'duration',
    default: '2s',
    description: 'Time between two tries to get or renew the lead.',
  },
  podName: {
    flag: 'pod-name',
    env: 'POD_NAME',
    type: 'string',
    description: 'Name of this replica in the leader election and in events; the host name when left out.',
  },
});

/** What a manager reads of the configuration of its app. */
export type ManagerConfig = ConfigOf<typeof connectionOptions & typeof leaderOptions> & {
  readonly namespace: string;
  /** Namespaces whose objects are looked after; all of them when empty or absent. */
  readonly watchNamespaces?: readonly string[];
  readonly controllers: readonly string[];
};
