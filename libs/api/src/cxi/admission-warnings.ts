import type { AdmissionRule } from '../admission/admission.ts';
import {
  absent,
  all,
  any,
  between,
  type Condition,
  captures,
  equals,
  implies,
  matches,
  not,
  present,
  sameText,
  size,
} from '../admission/condition.ts';

const unbounded = Number.MAX_SAFE_INTEGER;
/** A number of three parts, with what semantic versions may have behind it. */
const semanticVersion = '^v?[0-9]+[.][0-9]+[.][0-9]+(-[0-9A-Za-z.-]+)?([+][0-9A-Za-z.-]+)?$';
const threeNumbers = '[0-9]+[.][0-9]+[.][0-9]+';
const numbersAlone = '^[0-9]+[.][0-9]+[.][0-9]+$';

/** A text that was not empty stays what it was, or the warning is said. */
const unchanged = (place: string): Condition =>
  implies(size(`before.${place}`, 1, unbounded), sameText(place, `before.${place}`));

const onUpdate = { on: ['UPDATE'] } as const;
const retryHandlerRuns = not(equals('spec.retryHandler.enabled', false));

/** What a CXIDriver is accepted with, but hardly meant to be. */
export const cxiDriverWarnings: readonly AdmissionRule[] = [
  {
    name: 'version-form',
    field: 'spec.version',
    message:
      'spec.version is usually three numbers such as 13.0.0 or v13.0.0-rc.1; it is compared as it is written',
    holds: matches('spec.version', semanticVersion),
  },
  {
    name: 'tag-of-other-version',
    field: 'spec.source.dkms.tag',
    message:
      'spec.source.dkms.tag names another version than spec.version, so nodes would never be seen to have the driver that was wanted; make them agree',
    holds: implies(
      all(
        equals('spec.source.type', 'dkms'),
        matches('spec.source.dkms.tag', threeNumbers),
        matches('spec.version', numbersAlone),
      ),
      captures('spec.source.dkms.tag', threeNumbers, 'spec.version'),
    ),
  },
  {
    name: 'sidecar-mode',
    field: 'spec.retryHandler.mode',
    message:
      'spec.retryHandler.mode sidecar is accepted and not carried out, since a NIC has exactly one retry handler; use daemonset',
    holds: not(all(retryHandlerRuns, equals('spec.retryHandler.mode', 'sidecar'))),
  },
  {
    name: 'sidecar-settings',
    field: 'spec.retryHandler.sidecar',
    message: 'spec.retryHandler.sidecar is left out although spec.retryHandler.mode is sidecar',
    holds: implies(
      all(retryHandlerRuns, equals('spec.retryHandler.mode', 'sidecar')),
      present('spec.retryHandler.sidecar'),
    ),
  },
  {
    name: 'kernel-mode',
    field: 'spec.retryHandler.mode',
    message:
      'spec.retryHandler.mode kernel is accepted and not carried out, since the kernel has no retry handler; use daemonset, or none if the host runs cxi_rh itself',
    holds: not(all(retryHandlerRuns, equals('spec.retryHandler.mode', 'kernel'))),
  },
  {
    name: 'shared-capacity-high',
    field: 'spec.devicePlugin.sharedCapacity',
    message:
      'spec.devicePlugin.sharedCapacity above 1000 lets more pods share a NIC than it has resources for',
    holds: any(
      equals('spec.devicePlugin.enabled', false),
      absent('spec.devicePlugin.sharedCapacity'),
      not(between('spec.devicePlugin.sharedCapacity', 1001, unbounded)),
    ),
  },
  {
    ...onUpdate,
    name: 'resource-name-changed',
    field: 'spec.devicePlugin.resourceName',
    message:
      'spec.devicePlugin.resourceName was changed: pods that ask for the old name are no longer scheduled until theirs is changed too',
    holds: unchanged('spec.devicePlugin.resourceName'),
  },
  {
    ...onUpdate,
    name: 'retry-handler-mode-changed',
    field: 'spec.retryHandler.mode',
    message:
      'spec.retryHandler.mode was changed: traffic in flight may fail while retry handlers are replaced',
    holds: unchanged('spec.retryHandler.mode'),
  },
  {
    name: 'deleted-while-updating',
    field: 'status.updating',
    on: ['DELETE'],
    message:
      'nodes were still being updated (status.updating); what is rolled out is taken away from them as it is',
    holds: not(between('before.status.updating', 1, unbounded)),
  },
];
