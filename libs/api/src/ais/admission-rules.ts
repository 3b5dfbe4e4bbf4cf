import type { AdmissionRule } from '../admission/admission.ts';
import {
  absent,
  all,
  any,
  between,
  type Condition,
  distinct,
  equals,
  every,
  implies,
  joinedSize,
  matches,
  not,
  optional,
  present,
  same,
  size,
} from '../admission/condition.ts';
import {
  autoscales,
  clusterSize,
  isOff,
  isSize,
  leaves,
  roleField,
  roles,
  sizesOf,
  state,
  stateClasses,
  statePlaces,
} from './admission-places.ts';
import type { AisRole } from './role-schema.ts';

// Numbers are those of shared/specs/ais.md §4; what the CRD says is not said again.

type Root = '' | 'before.';

interface Draft extends Pick<AdmissionRule, 'name' | 'field' | 'message' | 'holds'> {
  /** Every place it is about. */
  readonly about: readonly string[];
}

/** A rule that refuses an update only where that makes or touches what is wrong. */
function rule({ about, holds, ...what }: Draft): AdmissionRule {
  return { ...what, holds: any(leaves(about), holds) };
}

/**
 * Longest name of a cluster: the pods of its StatefulSet `<name>-target` have a
 * label with that name and a revision of ten characters behind a dash.
 */
const maxName = 45;
/** Longest name of a volume, and of a label. */
const maxVolumeName = 63;

const nameRules: readonly AdmissionRule[] = [
  {
    name: 'name',
    field: 'metadata.name',
    on: ['CREATE'],
    message: `metadata.name must be 1 to ${maxName} lower case letters, digits and dashes, beginning with a letter and not ending with a dash, as Services, pods and their labels are called after it`,
    holds: all(size('metadata.name', 1, maxName), matches('metadata.name', '^[a-z]([-a-z0-9]*[a-z0-9])?$')),
  },
];

/** 2. */
const sizeRules: readonly AdmissionRule[] = [
  rule({
    name: 'cluster-size',
    field: clusterSize,
    message:
      'spec.size: the cluster size is not specified; set it, or both spec.proxySpec.size and spec.targetSpec.size',
    about: [clusterSize, ...roles.map((role) => roleField(role, 'size'))],
    holds: any(present(clusterSize), all(...roles.map((role) => present(roleField(role, 'size'))))),
  }),
  rule({
    name: 'cluster-size-invalid',
    field: clusterSize,
    message:
      'spec.size: invalid cluster size 0; it must be at least 1, or -1 for one on every node that nodeSelector matches',
    about: [clusterSize, ...roles.map((role) => roleField(role, 'size'))],
    holds: any(
      optional(clusterSize, isSize(clusterSize)),
      all(...roles.map((role) => present(roleField(role, 'size')))),
    ),
  }),
  ...roles.map((role) =>
    rule({
      name: 'role-size',
      field: roleField(role, 'size'),
      message: `${roleField(role, 'size')}: invalid ${role} daemon size 0; it must be at least 1, or -1 for one on every node that nodeSelector matches`,
      about: sizesOf(role),
      holds: any(autoscales(role), optional(roleField(role, 'size'), isSize(roleField(role, 'size')))),
    }),
  ),
];

const stateRules: readonly AdmissionRule[] = [
  // 3
  rule({
    name: 'state-storage',
    field: state.storage,
    message:
      'spec.stateStorage is missing: the AIStore does not define stateStorage; choose hostPath, pvc or emptyDir for the metadata of the cluster',
    about: statePlaces,
    holds: any(...statePlaces.map(present)),
  }),
  // 4
  rule({
    name: 'shutdown-loses-state',
    field: 'spec.shutdownCluster',
    message:
      'spec.shutdownCluster must not be true with spec.stateStorage.emptyDir: the metadata of the cluster would be gone with its pods',
    about: ['spec.shutdownCluster', state.storage],
    holds: not(all(equals('spec.shutdownCluster', true), present(`${state.storage}.emptyDir`))),
  }),
  {
    name: 'state-class-changed',
    field: state.storage,
    on: ['UPDATE'],
    message:
      'cannot update spec "stateStorage": spec.stateStorage must not come to a StorageClass or change it, as the claims of a StatefulSet are fixed; make a new cluster for it',
    holds: any(
      ...stateClasses().map(({ place, counts }) =>
        all(
          counts,
          any(
            ...stateClasses('before.').map((before) =>
              all(before.counts, same(place, `before.${before.place}`)),
            ),
          ),
        ),
      ),
      all(...stateClasses().map(({ counts }) => not(counts))),
    ),
  },
  rule({
    name: 'state-volume-name',
    field: state.storage,
    message: `spec.stateStorage.pvc: the namespace and the name of the AIStore must have at most ${maxVolumeName - '--state'.length} characters together, as claims are called after both`,
    about: statePlaces,
    holds: any(
      all(...stateClasses().map(({ counts }) => not(counts))),
      joinedSize('metadata.namespace', 'metadata.name', maxVolumeName - '--state'.length),
    ),
  }),
];

/** 5. */
const autoscaleRules: readonly AdmissionRule[] = roles.map((role) =>
  rule({
    name: 'autoscale-selector',
    field: roleField(role, 'nodeSelector'),
    message: `${roleField(role, 'nodeSelector')} is empty: missing nodeSelector for ${role}, whose size of -1 is that of the nodes it matches`,
    about: [...sizesOf(role), roleField(role, 'nodeSelector')],
    holds: implies(autoscales(role), size(roleField(role, 'nodeSelector'), 1, Number.MAX_SAFE_INTEGER)),
  }),
);

const ports = ['servicePort', 'portPublic', 'portIntraControl', 'portIntraData'] as const;
/** A port as text. */
const portText = '^([1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5])$';
/** Ports that one Service has, or one process. */
const apart: readonly (readonly [string, string])[] = [
  ['servicePort', 'portIntraControl'],
  ['servicePort', 'portIntraData'],
  ['portPublic', 'portIntraControl'],
  ['portPublic', 'portIntraData'],
  ['portIntraControl', 'portIntraData'],
];

function isPort(place: string): Condition {
  return any(between(place, 1, 65_535), matches(place, portText));
}

function areApart(role: AisRole, root: Root = ''): Condition {
  const place = (port: string): string => root + roleField(role, port);
  return all(...apart.map(([one, other]) => not(same(place(one), place(other)))));
}

const [hostNetwork, hostPort] = [roleField('target', 'hostNetwork'), roleField('target', 'hostPort')];

/** Targets that listen on their nodes have no other port there. */
function hostPortFits(root: Root = ''): Condition {
  const port = root + hostPort;
  return implies(
    equals(root + hostNetwork, true),
    optional(port, same(port, root + roleField('target', 'portPublic'))),
  );
}

const portRules: readonly AdmissionRule[] = [
  // 6
  ...roles.flatMap((role) =>
    ports.map((port) =>
      rule({
        name: 'port',
        field: roleField(role, port),
        message: `${roleField(role, port)}: Invalid value: must be a port from 1 to 65535`,
        about: [roleField(role, port)],
        holds: isPort(roleField(role, port)),
      }),
    ),
  ),
  ...roles.map((role) =>
    rule({
      name: 'port-collision',
      field: roleField(role, 'portIntraControl'),
      message: `${roleField(role, 'portIntraControl')} and portIntraData must differ from each other, from portPublic and from servicePort: one Service and one process have them all`,
      about: ports.map((port) => roleField(role, port)),
      holds: areApart(role),
    }),
  ),
  rule({
    name: 'host-port',
    field: hostPort,
    message: `${hostPort} must be spec.targetSpec.portPublic with hostNetwork, as targets then listen on their nodes; leave it out`,
    about: [hostPort, hostNetwork, roleField('target', 'portPublic')],
    holds: hostPortFits(),
  }),
];

const mounts = 'spec.targetSpec.mounts';
/** Where pods have something else already. */
const takenPath =
  '^/(etc/ais|proc|sys|dev|var/(ais_config|ais_config_template|global_config|log/ais|certs|traces|gcp|run/secrets)|root/[.](aws|oci))(/|$)';

/** What a list of mounts must be like, and why. */
const mountDemands: readonly {
  readonly name: string;
  readonly message: string;
  readonly holds: (root: Root) => Condition;
}[] = [
  {
    name: 'mount-path',
    message: `${mounts}: each path must be absolute, such as /ais/nvme0n1, without . and .., colons and a slash at its end`,
    holds: (root) =>
      every(
        root + mounts,
        all(matches('item.path', '^(/[^/:]+)+$'), not(matches('item.path', '/[.][.]?(/|$)'))),
      ),
  },
  {
    name: 'mount-path-taken',
    message: `${mounts}: no path may be one that the pods use already, such as /etc/ais or /var/log/ais, nor below it`,
    holds: (root) => every(root + mounts, not(matches('item.path', takenPath))),
  },
  {
    name: 'mount-path-twice',
    message: `${mounts}: no two mounts may have the same path`,
    holds: (root) => distinct(root + mounts, 'path'),
  },
  {
    name: 'volume-name',
    message: `${mounts}: paths of claimed volumes must be lower case letters, digits, slashes and dashes, with the name of the AIStore at most ${maxVolumeName} characters, as claims are called after both; or set useHostPath`,
    holds: (root) =>
      every(
        root + mounts,
        any(
          equals('item.useHostPath', true),
          all(
            joinedSize('item.path', 'metadata.name', maxVolumeName),
            matches('item.path', '^[-/a-z0-9]*[a-z0-9]$'),
          ),
        ),
      ),
  },
];

const mountRules: readonly AdmissionRule[] = mountDemands.map(({ holds, ...what }) =>
  rule({ ...what, field: mounts, about: [mounts], holds: holds('') }),
);

const http = 'spec.configToUpdate.net.http';

/** 8. */
const tlsRules: readonly AdmissionRule[] = ['server_crt', 'server_key', 'client_ca_tls'].map((file) =>
  rule({
    name: 'two-certificates',
    field: `${http}.${file}`,
    message: `${http}.${file} must be left out with spec.tls, which sets it`,
    about: [`${http}.${file}`, 'spec.tls'],
    holds: any(absent(`${http}.${file}`), absent('spec.tls')),
  }),
);

/** A field that a StatefulSet or its pods cannot change. What never worked may be mended. */
function fixed(role: AisRole, field: string, wasWrong: readonly Condition[] = []): AdmissionRule {
  const place = roleField(role, field);
  return {
    name: 'immutable',
    field: place,
    on: ['UPDATE'],
    message: `cannot update spec "${role}Spec": ${place} must stay as it is, as pods and volumes were made by it; make a new cluster for another one`,
    holds: any(same(place, `before.${place}`), ...wasWrong),
  };
}

/** The same of a switch, which may be off by being left out. */
function fixedSwitch(role: AisRole, field: string, wasWrong: readonly Condition[] = []): AdmissionRule {
  const place = roleField(role, field);
  return fixed(role, field, [all(isOff(place), isOff(`before.${place}`)), ...wasWrong]);
}

const fixedRules: readonly AdmissionRule[] = [
  ...roles.flatMap((role) => [
    ...ports.map((port) =>
      fixed(role, port, [not(isPort(`before.${roleField(role, port)}`)), not(areApart(role, 'before.'))]),
    ),
    fixed(role, 'hostPort', role === 'target' ? [not(hostPortFits('before.'))] : []),
    fixed(role, 'affinity'),
    fixed(role, 'nodeSelector', [
      all(
        autoscales(role),
        not(size(`before.${roleField(role, 'nodeSelector')}`, 1, Number.MAX_SAFE_INTEGER)),
      ),
    ]),
  ]),
  fixed(
    'target',
    'mounts',
    mountDemands.map(({ holds }) => not(holds('before.'))),
  ),
  fixedSwitch('target', 'disablePodAntiAffinity'),
  fixedSwitch('target', 'hostNetwork', [not(hostPortFits('before.'))]),
];

/** What an AIStore is refused for by itself, as it is to be. */
export const aistoreSpecRules: readonly AdmissionRule[] = [
  ...nameRules,
  ...sizeRules,
  ...stateRules.filter(({ on }) => on === undefined),
  ...autoscaleRules,
  ...portRules,
  ...mountRules,
  ...tlsRules,
];

/** What an AIStore is refused for. */
export const aistoreRules: readonly AdmissionRule[] = [
  ...aistoreSpecRules,
  ...stateRules.filter(({ on }) => on !== undefined),
  ...fixedRules,
];
