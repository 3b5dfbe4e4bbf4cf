import type { AidaptivCache, PhisonDeviceOperator } from '@rackwright/api';
import { aidaptivCache, kubernetes } from '@rackwright/keys';
import { keyOf } from '@rackwright/kube';
import { isTerminating } from '@rackwright/manager';
import { translate } from './plugins.ts';

const { madeFrom } = aidaptivCache.annotation;

/** Marks an AidaptivCache that is made from a PhisonDeviceOperator. Whoever takes it away keeps the AidaptivCache. */
export const madeLabels: Readonly<Record<string, string>> = {
  [kubernetes.label.managedBy]: aidaptivCache.older.managedBy,
};

/** Key of the PhisonDeviceOperator an AidaptivCache is made from; undefined for one that was made by somebody else. */
export function makerOf({ metadata }: AidaptivCache): string | undefined {
  if (metadata?.labels?.[kubernetes.label.managedBy] !== aidaptivCache.older.managedBy) return undefined;
  return metadata.annotations?.[madeFrom];
}

/** Which PhisonDeviceOperator makes the AidaptivCache while there is none: the oldest that names a device plugin. */
export function nextMaker(all: readonly PhisonDeviceOperator[]): string | undefined {
  const candidates = all.filter((one) => !isTerminating(one) && translate(one.spec).spec !== undefined);
  const ranked = candidates.map((one) => `${one.metadata?.creationTimestamp ?? ''} ${keyOf(one)}`).sort();
  return ranked[0]?.split(' ')[1];
}
