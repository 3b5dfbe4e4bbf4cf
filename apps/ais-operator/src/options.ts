import { type ConfigOf, defineOptions } from '@rackwright/service';

/** Options every controller of the operator reads. */
export const sharedOptions = defineOptions({
  namespace: {
    flag: 'namespace',
    env: 'OPERATOR_NAMESPACE',
    type: 'string',
    default: 'ais-operator-system',
    description: 'Namespace of the operator.',
  },
  watchNamespaces: {
    flag: 'watch-namespaces',
    type: 'list',
    default: [],
    description: 'Namespaces whose AIStores are looked after; those of all namespaces when left out.',
    validate: refuseNames,
  },
  clusterDomain: {
    flag: 'cluster-domain',
    env: 'KUBERNETES_CLUSTER_DOMAIN',
    type: 'string',
    default: '',
    description: 'Domain of the names of Services; empty takes it from /etc/resolv.conf of the pod.',
  },
  cleanupHelperImage: {
    flag: 'cleanup-helper-image',
    env: 'CLEANUP_HELPER_IMAGE',
    type: 'string',
    default: 'docker.io/aistorage/ais-operator-helper:latest',
    description: 'Image with /cleanup-helper, which cleans folders of nodes when an AIStore is deleted.',
  },
  skipVerify: {
    flag: 'skip-verify',
    env: 'OPERATOR_SKIP_VERIFY_CRT',
    type: 'boolean',
    default: false,
    description: 'Take any certificate of a cluster whose AIStore says nothing about it.',
  },
});

/** What every controller reads of the configuration. */
export type SharedConfig = ConfigOf<typeof sharedOptions>;

/** Names of namespaces are DNS labels (RFC 1123). */
function refuseNames(names: readonly string[]): string | undefined {
  const wrong = names.find((name) => !/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/.test(name));
  return wrong === undefined ? undefined : `has ${JSON.stringify(wrong)}, which is no name of a namespace`;
}
