import type { PodSpec } from '@rackwright/kube';
import * as z from 'zod';
import { conditions, resourceRequirements } from '../schema/core-types.ts';
import { described, int64, text } from '../schema/fields.ts';

/** Whatever the user writes. */
function anything() {
  return z.unknown().meta({ 'x-kubernetes-preserve-unknown-fields': true });
}

/** The schema of pods would make the CRD half a megabyte; the API server checks the pods that come of it. */
const podSpec = z.object({}).meta({ 'x-kubernetes-preserve-unknown-fields': true }) as unknown as z.ZodType<
  Partial<PodSpec>
>;

const plugin = z.object({
  pluginname: described(
    text(253).min(1),
    'Name of the plugin. With device-plugin or node-discovery in it, it says how these run here.',
  ),
  pluginnamespace: described(text(63), 'Without effect; agents run in the namespace of the operator.'),
  pluginspec: described(
    podSpec,
    'Pod specification of the plugin. Image, arguments, resources and environment of its first container count.',
  ),
});

/** `.spec` of a PhisonDeviceOperator. */
export const phisonDeviceOperatorSpecSchema = z.object({
  servicename: described(text(253), 'Without effect; the Service comes with the chart.'),
  serviceport: described(z.array(anything()).max(64), 'Without effect.'),
  serviceaccount: described(text(253).optional(), 'Without effect; every agent has an account of its own.'),
  resources: described(resourceRequirements().optional(), 'Without effect.'),
  plugins: described(z.array(plugin).max(64).optional(), 'Plugins and how they run.'),
});

/** `.status` of a PhisonDeviceOperator: that of the AidaptivCache. */
export const phisonDeviceOperatorStatusSchema = z.object({
  observedGeneration: described(int64(0).optional(), 'Generation of the spec this status speaks of.'),
  phase: described(text(64).optional(), 'Phase of the AidaptivCache.'),
  message: described(text(4096).optional(), 'The same for people.'),
  conditions: described(
    conditions,
    'Accepted says whether the AidaptivCache is made of it, Unsupported tells of plugins that nobody runs any more.',
  ),
});
