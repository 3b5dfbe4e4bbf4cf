import {
  type AidaptivCache,
  type AidaptivCacheSpecInput,
  aidaptivCaches,
  type PhisonDeviceOperator,
  parseAidaptivCache,
} from '@rackwright/api';
import { type Action, planApply } from '@rackwright/controller';
import { errorMessage } from '@rackwright/core';
import { aidaptivCache } from '@rackwright/keys';
import { apiVersionOf } from '@rackwright/kube';
import { isTerminating, type ReconcilePlan } from '@rackwright/manager';
import { madeLabels, makerOf, nextMaker } from './maker.ts';
import { translate } from './plugins.ts';

/** All that is decided from, read from the caches at one moment. */
export interface OlderSnapshot {
  /** Namespace and name of the PhisonDeviceOperator. */
  readonly key: string;
  /** As it is stored; undefined when it is gone. */
  readonly object: PhisonDeviceOperator | undefined;
  readonly all: readonly PhisonDeviceOperator[];
  readonly cache: AidaptivCache | undefined;
}

/** Whether the AidaptivCache is made of it, and why not. */
export interface Acceptance {
  readonly accepted: boolean;
  readonly reason: string;
  readonly message: string;
}

export interface OlderPlan extends ReconcilePlan, Acceptance {
  readonly unsupported: readonly string[];
}

const { name, reason: reasons } = aidaptivCache;

/** Decides everything from the snapshot. The same snapshot gives the same plan. */
export function planOlder(snapshot: OlderSnapshot): OlderPlan {
  const { key, object, cache } = snapshot;
  const isMaker = cache !== undefined && makerOf(cache) === key;
  const removal = isMaker ? planApply({ desired: [], live: [cache], ownerLabels: madeLabels }) : [];
  if (object === undefined || isTerminating(object))
    return { ...refused(reasons.deleting, 'it is deleted'), actions: removal, unsupported: [] };
  const { spec, unsupported } = translate(object.spec);
  const noPlugin = 'no plugin has device-plugin in its name and a container, so there is nothing to roll out';
  if (spec === undefined)
    return { ...refused(reasons.noDevicePlugin, noPlugin), actions: removal, unsupported };
  return { unsupported, ...(obstacle(snapshot) ?? make(key, spec, cache)) };
}

function refused(reason: string, message: string): Acceptance & { readonly actions: readonly Action[] } {
  return { accepted: false, reason, message, actions: [] };
}

/** What somebody else made is never touched. */
function obstacle({ key, all, cache }: OlderSnapshot) {
  const maker = cache === undefined ? nextMaker(all) : makerOf(cache);
  if (maker === key) return undefined;
  if (maker !== undefined)
    return refused(
      reasons.otherOperator,
      `the AidaptivCache ${name} is made of PhisonDeviceOperator ${maker}`,
    );
  return refused(
    reasons.cacheExists,
    `there is an AidaptivCache ${name} that was not made of a PhisonDeviceOperator, and it stays as it is: write its fields, or delete it`,
  );
}

function make(key: string, spec: AidaptivCacheSpecInput, cache: AidaptivCache | undefined) {
  const wanted = {
    ...{ apiVersion: apiVersionOf(aidaptivCaches), kind: aidaptivCaches.kind },
    metadata: { name, labels: madeLabels, annotations: { [aidaptivCache.annotation.madeFrom]: key } },
    spec,
  };
  const parsed = parseAidaptivCache(wanted as unknown as AidaptivCache);
  if (!parsed.ok) return refused(reasons.invalidSpec, errorMessage(parsed.error));
  const live = cache === undefined ? [] : [cache];
  return {
    accepted: true,
    reason: reasons.accepted,
    message: `the AidaptivCache ${name} is made of it`,
    actions: planApply({ desired: [wanted], live, ownerLabels: madeLabels }),
  };
}
