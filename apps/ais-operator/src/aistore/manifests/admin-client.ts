import { ais, kubernetes } from '@rackwright/keys';
import type { Container, Deployment, PodSpec } from '@rackwright/kube';
import { type EffectiveSpec, pullSecrets } from '../effective.ts';
import { names, type Owner, ownedMeta, ownerLabels } from '../identity.ts';

const caFolder = '/etc/ais-ca';
const caVolume = 'ais-ca';

/** What a client of a cluster is told. */
export interface AdminClientInput {
  readonly owner: Owner;
  readonly effective: EffectiveSpec;
  /** Where the cluster is reached by pods. */
  readonly url: string;
}

/** A pod with AIStore's command line, set up for the cluster; none unless it is wanted (ais.md §3.7). */
export function adminClient({ owner, effective, url }: AdminClientInput): Deployment[] {
  const { spec } = effective;
  const wanted = spec.adminClient;
  if (!isAdminClientWanted(effective) || wanted === undefined) return [];
  const name = names.adminClient(owner.name);
  const selector = { [kubernetes.label.name]: name, [kubernetes.label.component]: ais.role.client };
  const secrets = pullSecrets(spec);
  const { caConfigMap, nodeSelector, affinity, tolerations } = wanted;
  const pod = {
    serviceAccountName: 'default',
    automountServiceAccountToken: false,
    containers: [containerOf(spec, url)],
    ...(caConfigMap === undefined
      ? {}
      : { volumes: [{ name: caVolume, configMap: { name: caConfigMap.name, optional: true } }] }),
    ...(secrets.length === 0 ? {} : { imagePullSecrets: secrets }),
    ...(nodeSelector === undefined ? {} : { nodeSelector }),
    ...(affinity === undefined ? {} : { affinity }),
    ...(tolerations === undefined ? {} : { tolerations: [...tolerations] }),
  } as PodSpec;
  return [
    {
      ...{ apiVersion: 'apps/v1', kind: 'Deployment' },
      metadata: ownedMeta(owner, name, { ...ownerLabels(owner.name), [ais.label.app]: owner.name }),
      spec: {
        replicas: 1,
        selector: { matchLabels: selector },
        template: {
          metadata: {
            labels: { ...wanted.labels, ...selector },
            ...(wanted.annotations === undefined ? {} : { annotations: { ...wanted.annotations } }),
          },
          spec: pod,
        },
      },
    },
  ];
}

/** The block alone says so. */
export function isAdminClientWanted({ spec }: EffectiveSpec): boolean {
  return spec.adminClient !== undefined && spec.adminClient.enabled !== false;
}

function containerOf({ adminClient: wanted, auth }: EffectiveSpec['spec'], url: string): Container {
  const { image, imagePullPolicy, resources, env = [], caConfigMap } = wanted ?? {};
  const key = caConfigMap?.key ?? ais.key.trustBundle;
  return {
    ...{ name: 'ais-client', image: image ?? 'docker.io/aistorage/ais-util:latest' },
    command: ['sleep', 'infinity'],
    ...(imagePullPolicy === undefined ? {} : { imagePullPolicy }),
    ...(resources === undefined ? {} : { resources }),
    env: [
      { name: 'AIS_ENDPOINT', value: url },
      ...env,
      ...(caConfigMap === undefined ? [] : [{ name: 'AIS_CLIENT_CA', value: `${caFolder}/${key}` }]),
      ...(auth?.serviceURL === undefined ? [] : [{ name: 'AIS_AUTHN_URL', value: auth.serviceURL }]),
    ],
    ...(caConfigMap === undefined
      ? {}
      : { volumeMounts: [{ name: caVolume, mountPath: caFolder, readOnly: true }] }),
  } as Container;
}
