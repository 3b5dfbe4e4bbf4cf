import { ais } from '@rackwright/keys';
import type { AnyObject, VersionConversion } from '../crd/conversion.ts';
import {
  type Deviation,
  deviationsOf,
  isMap,
  type Json,
  type JsonMap,
  readDeviations,
  withDeviations,
} from './deviations.ts';

// This module must stay free of zod.

const roleKeys = [
  ...['servicePort', 'portPublic', 'portIntraControl', 'portIntraData'],
  ...['securityContext', 'capabilities', 'affinity', 'nodeSelector', 'tolerations'],
];
const mountKeys = ['path', 'size', 'storageClass'];
const keptKeys = ['nodeImage', 'initImage', 'configToUpdate', 'imagePullSecrets', 'cleanupData'];
const identityKeys = ['apiVersion', 'kind', 'metadata'];
const olderStatusKeys = ['consecutive_error_count', 'config_version'];

/**
 * Between the first operator's AIStore and the one that is stored.
 *
 * Each version is made of the other by rules, `upgraded` and `downgraded`. What
 * these cannot tell, one version's own fields above all, is in an annotation of
 * the other version as the places where the object differs from what the rules
 * make of its counterpart.
 */
export const aistoreConversion: VersionConversion = {
  version: ais.olderVersion,
  toStored: (object) => converted(object, upgraded, downgraded, annotations.upward),
  fromStored: (object) => converted(object, downgraded, upgraded, annotations.downward),
};

const { v1alpha1, v1beta1 } = ais.annotation.conversion;
/** Where an object has what its version cannot say, and where its counterpart has it. */
const annotations = {
  upward: { own: v1beta1, other: v1alpha1 },
  downward: { own: v1alpha1, other: v1beta1 },
};

type Conversion = (fields: JsonMap) => JsonMap;

function converted(
  object: AnyObject,
  there: Conversion,
  back: Conversion,
  { own, other }: { readonly own: string; readonly other: string },
): AnyObject {
  const { apiVersion, kind, metadata, ...fields } = object;
  const { [own]: noted, [other]: _, ...notes } = metadata?.annotations ?? {};
  // Whoever writes the annotation may say what is in it: what the object is called is not theirs to say.
  const counterpart = without(withDeviations(there(fields), readDeviations(noted)) as JsonMap, identityKeys);
  const lost = deviationsOf(back(counterpart), fields);
  const kept = { ...notes, ...(lost.length === 0 ? {} : { [other]: written(lost) }) };
  const { annotations: _before, ...identity } = metadata ?? {};
  return {
    ...present({ apiVersion, kind }),
    metadata: { ...identity, ...(Object.keys(kept).length === 0 ? {} : { annotations: kept }) },
    ...counterpart,
  };
}

function written(deviations: readonly Deviation[]): string {
  return JSON.stringify(deviations);
}

/** spec and status of v1beta1 that those of v1alpha1 stand for. */
function upgraded({ spec, status, ...others }: JsonMap): JsonMap {
  return {
    ...others,
    ...present({ spec: isMap(spec) ? upgradedSpec(spec) : spec }),
    ...present({ status: isMap(status) ? without(status, olderStatusKeys) : status }),
  };
}

function upgradedSpec(spec: JsonMap): JsonMap {
  const { hostpathPrefix, enableExternalLB, disablePodAntiAffinity, proxySpec, targetSpec, ...others } = spec;
  const external = enableExternalLB === true ? { externalAccess: {} } : {};
  return {
    ...without(others, ['configCRName']),
    ...(hostpathPrefix === undefined ? {} : { stateStorage: { hostPath: { prefix: hostpathPrefix } } }),
    ...(others.cleanupData === true ? { cleanupMetadata: true } : {}),
    ...present({ proxySpec: isMap(proxySpec) ? { ...proxySpec, ...external } : proxySpec }),
    ...present({
      targetSpec: isMap(targetSpec)
        ? { ...without(targetSpec, ['nodiskio']), ...external, ...present({ disablePodAntiAffinity }) }
        : targetSpec,
    }),
  };
}

/** spec and status of v1alpha1 as far as they can say what those of v1beta1 do. */
function downgraded({ spec, status, ...others }: JsonMap): JsonMap {
  return {
    ...others,
    ...present({ spec: isMap(spec) ? downgradedSpec(spec) : spec }),
    ...present({ status }),
  };
}

function downgradedSpec(spec: JsonMap): JsonMap {
  const [proxy, target] = [spec.proxySpec, spec.targetSpec].map((role) => (isMap(role) ? role : {}));
  const { mounts } = target ?? {};
  return {
    ...only(spec, keptKeys),
    ...present({
      size: spec.size ?? target?.size ?? proxy?.size,
      hostpathPrefix: prefixOf(spec),
      disablePodAntiAffinity: target?.disablePodAntiAffinity,
    }),
    enableExternalLB:
      spec.enableExternalLB === true || (isMap(proxy?.externalAccess) && isMap(target?.externalAccess)),
    ...present({ proxySpec: isMap(spec.proxySpec) ? only(spec.proxySpec, roleKeys) : spec.proxySpec }),
    ...present({
      targetSpec: isMap(spec.targetSpec)
        ? { ...only(spec.targetSpec, roleKeys), ...present({ mounts: mountsOf(mounts) }) }
        : spec.targetSpec,
    }),
  };
}

function prefixOf({ stateStorage, hostpathPrefix, stateStorageClass }: JsonMap): Json {
  if (!isMap(stateStorage)) return stateStorageClass === undefined ? hostpathPrefix : undefined;
  return isMap(stateStorage.hostPath) ? stateStorage.hostPath.prefix : undefined;
}

function mountsOf(mounts: Json): Json {
  return Array.isArray(mounts)
    ? mounts.map((mount: Json) => (isMap(mount) ? only(mount, mountKeys) : mount))
    : mounts;
}

function only(map: JsonMap, keys: readonly string[]): JsonMap {
  return Object.fromEntries(Object.entries(map).filter(([key]) => keys.includes(key)));
}

function without(map: JsonMap, keys: readonly string[]): JsonMap {
  return Object.fromEntries(Object.entries(map).filter(([key]) => !keys.includes(key)));
}

/** What is there of some values. */
function present(values: JsonMap): JsonMap {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}
