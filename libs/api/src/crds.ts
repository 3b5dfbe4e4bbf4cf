import type { CustomResourceDefinition } from '@rackwright/kube';
import { customResourceDefinition } from './crd/definition.ts';
import { cxiDeviceDefinition, cxiDriverDefinition } from './cxi/definitions.ts';

/** The CRDs this version needs, as they are in config/crd and the charts. */
export function customResourceDefinitions(): CustomResourceDefinition[] {
  return [cxiDriverDefinition, cxiDeviceDefinition].map(
    (definition) => customResourceDefinition(definition) as unknown as CustomResourceDefinition,
  );
}
