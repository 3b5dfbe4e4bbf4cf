import type { CustomResourceDefinition } from '@rackwright/kube';
import { customResourceDefinition, type Definition } from './crd/definition.ts';

/** The CRDs this version needs for some kinds, mostly those of one family, as they are in config/crd and the charts. */
export function customResourceDefinitions(kinds: readonly Definition[]): CustomResourceDefinition[] {
  return kinds.map(
    (definition) => customResourceDefinition(definition) as unknown as CustomResourceDefinition,
  );
}
