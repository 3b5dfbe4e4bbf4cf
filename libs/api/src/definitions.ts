import { ai100Definitions } from './ai100/definitions.ts';
import { aisDefinitions } from './ais/definitions.ts';
import { controlPlaneDefinitions } from './control-plane/definitions.ts';
import type { Definition } from './crd/definition.ts';
import { cxiDefinitions } from './cxi/definitions.ts';
import { pmemDefinitions } from './pmem/definitions.ts';

/** Every kind of the project: one line for each family. */
export const definitions: readonly Definition[] = [
  ...controlPlaneDefinitions,
  ...cxiDefinitions,
  ...ai100Definitions,
  ...pmemDefinitions,
  ...aisDefinitions,
];
