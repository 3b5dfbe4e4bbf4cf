import type { AdmissionRule } from '../admission/admission.ts';
import { allowedImage, imageIsAllowed } from '../admission/allowed-image.ts';
import {
  all,
  any,
  type Condition,
  every,
  everyPart,
  implies,
  matches,
  not,
  optional,
} from '../admission/condition.ts';
import { devicePluginFlags, exporterFlags } from './agent-flags.ts';
import { phisonPlugins } from './phison-plugins.ts';

// What the CRD refuses is not said again: no older system had these kinds, or refused less.

const revisions = '[!-+.-~-]{1,8}(,[!-+.-~-]{1,8}){0,15}';
const pluginArguments = 'spec.devicePlugin.arguments';

/** Absent, or a list of which every entry fulfils it. */
const eachOf = (place: string, of: Condition): Condition => optional(place, every(place, of));

/** Entries that are no flag are what the flag before them is set to. */
function knownFlags(place: string, flags: readonly string[]): Condition {
  return eachOf(place, any(not(matches('item', '^-')), matches('item', `^--?(${flags.join('|')})(=|$)`)));
}

/** A flag whose value is the entry behind it: as `-m`, line feed, value. */
function valuesBehind(place: string, flag: string, value: string): Condition {
  const written = `(^|\n)--?${flag}`;
  return optional(place, everyPart(place, `${written}(\n[^\n]*|$)`, matches('item', `${written}\n${value}`)));
}

/** What an AidaptivCache is refused for. */
export const aidaptivCacheRules: readonly AdmissionRule[] = [
  {
    name: 'device-plugin-flags',
    field: pluginArguments,
    message: `${pluginArguments} has a flag that the device plugin does not know, so that it would not start; ai100-device-plugin --help names those it has`,
    holds: knownFlags(pluginArguments, devicePluginFlags),
  },
  {
    name: 'device-plugin-paths',
    field: pluginArguments,
    message: `${pluginArguments}: -m and -p need an absolute path, such as -m=/mnt/nvme0`,
    holds: all(
      eachOf(pluginArguments, not(matches('item', '^--?[mp]=([^/]|$)'))),
      valuesBehind(pluginArguments, '[mp]', '/'),
    ),
  },
  {
    name: 'device-plugin-firmware',
    field: pluginArguments,
    message: `${pluginArguments}: -f needs one to sixteen revisions of at most eight characters with commas between them, such as -f=EIFZ`,
    holds: all(
      eachOf(pluginArguments, implies(matches('item', '^--?f='), matches('item', `^--?f=${revisions}$`))),
      valuesBehind(pluginArguments, 'f', `${revisions}$`),
    ),
  },
  {
    name: 'exporter-flags',
    field: 'spec.exporter.arguments',
    message:
      'spec.exporter.arguments has a flag that the exporter does not know, so that it would not start; nvme-exporter --help names those it has',
    holds: knownFlags('spec.exporter.arguments', exporterFlags),
  },
  allowedImage('spec.devicePlugin.image'),
  allowedImage('spec.exporter.image'),
];

const containers = 'item.pluginspec.containers';

/** What a PhisonDeviceOperator is refused for. */
export const phisonDeviceOperatorRules: readonly AdmissionRule[] = [
  {
    name: 'allowed-image',
    field: 'spec.plugins',
    message:
      'spec.plugins has a pluginspec with an image that is not among those this cluster allows; leave image out for the image the operator was installed with, or ask for its registry to be added to allowedImages of admission-webhook',
    holds: eachOf(
      'spec.plugins',
      implies(matches('item.pluginname', phisonPlugins), eachOf(containers, imageIsAllowed('item.image'))),
    ),
  },
];
