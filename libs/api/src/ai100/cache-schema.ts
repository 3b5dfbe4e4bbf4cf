import * as z from 'zod';
import { described } from '../schema/fields.ts';
import { withRules } from '../schema/rule.ts';
import { devicePluginSchema, exporterSchema, nodeDiscoverySchema } from './cache-agents-schema.ts';
import { discoverySchema, firmwareSchema } from './cache-drive-schema.ts';
import { healthSchema, recoverySchema } from './cache-health-schema.ts';
import { injectionRule, rebuildRule } from './cache-rules.ts';
import { volumeSchema } from './cache-volume-schema.ts';

/** `.spec` of an AidaptivCache; all of it may be left out. */
export const aidaptivCacheSpecSchema = withRules(
  z.object({
    discovery: described(discoverySchema.prefault({}), 'Which drives are AI100 drives.'),
    firmware: described(firmwareSchema.prefault({}), 'Which firmware they must have.'),
    cache: described(volumeSchema.prefault({}), 'What is made of the drives of a node.'),
    devicePlugin: described(devicePluginSchema.prefault({}), 'How the cache is offered to pods.'),
    health: described(healthSchema.prefault({}), 'How drives are judged.'),
    recovery: described(recoverySchema.prefault({}), 'How failed drives are brought back.'),
    exporter: described(exporterSchema.prefault({}), 'Metrics of the drives.'),
    nodeDiscovery: described(
      nodeDiscoverySchema.prefault({}),
      'How nodes with drives are found. For the chart that installs node-discovery: the operator does not roll it out.',
    ),
  }),
  [injectionRule, rebuildRule],
).prefault({});
