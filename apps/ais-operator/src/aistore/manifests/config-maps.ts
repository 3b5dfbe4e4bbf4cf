import { ais, kubernetes } from '@rackwright/keys';
import type { ConfigMap } from '@rackwright/kube';
import type { EffectiveSpec } from '../effective.ts';
import { names, type Owner, ownedMeta, ownerLabels, type Role } from '../identity.ts';
import { type ConfigPart, stableJson } from './cluster-config.ts';

/**
 * What the nodes of both roles start with.
 *
 * @param draining pod of the target that makes way, noted here for a later operator
 */
export function globalConfigMap(
  owner: Owner,
  { spec }: EffectiveSpec,
  config: ConfigPart,
  draining?: string,
): ConfigMap {
  const hosts = spec.hostnameMap ?? {};
  return {
    ...{ apiVersion: 'v1', kind: 'ConfigMap' },
    metadata: {
      ...ownedMeta(owner, names.globalConfig(owner.name), {
        ...ownerLabels(owner.name),
        [ais.label.app]: owner.name,
      }),
      ...(draining === undefined ? {} : { annotations: { [ais.annotation.draining]: draining } }),
    },
    data: {
      'ais.json': stableJson(config),
      ...(Object.keys(hosts).length === 0 ? {} : { 'hostname_map.json': stableJson(hosts) }),
    },
  };
}

/** Template of what differs from node to node. aisinit replaces the three host names (ais.md §3.4). */
export function roleConfigMap(owner: Owner, { spec }: EffectiveSpec, role: Role): ConfigMap {
  const own = role === 'proxy' ? spec.proxySpec : spec.targetSpec;
  const mounts = role === 'proxy' ? [] : spec.targetSpec.mounts;
  const local = {
    confdir: '/etc/ais',
    log_dir: '/var/log/ais',
    host_net: {
      hostname: `\${AIS_PUBLIC_HOSTNAME}`,
      hostname_intra_control: `\${AIS_INTRA_HOSTNAME}`,
      hostname_intra_data: `\${AIS_DATA_HOSTNAME}`,
      port: String(own.portPublic),
      port_intra_control: String(own.portIntraControl),
      port_intra_data: String(own.portIntraData),
    },
    fspaths: Object.fromEntries(mounts.map(({ path, label = '' }) => [path, label])),
    test_fspaths: { root: '', count: 0, instance: 0 },
  };
  return {
    ...{ apiVersion: 'v1', kind: 'ConfigMap' },
    metadata: ownedMeta(owner, names.role(owner.name, role), {
      ...ownerLabels(owner.name),
      [ais.label.app]: owner.name,
      [kubernetes.label.component]: role,
    }),
    data: { 'ais_local.json': stableJson(local) },
  };
}
