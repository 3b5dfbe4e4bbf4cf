import { extendedResourceName, telemetryAlone, valueRules } from '@rackwright/core';
import { cxi } from '@rackwright/keys';
import type { AdmissionRule } from '../admission/admission.ts';
import { allowedImage } from '../admission/allowed-image.ts';
import {
  absent,
  all,
  any,
  between,
  type Condition,
  equals,
  every,
  implies,
  matches,
  not,
  oneOf,
  optional,
  present,
  sameText,
  size,
  some,
} from '../admission/condition.ts';
import {
  confRule,
  devicePluginRules,
  driverPatterns,
  durationRule,
  imageRule,
  maxUnavailableRule,
  priorityClassRule,
  resourceNameRule,
  sourceRules,
  switchMaskRule,
  telemetryListRule,
  telemetryRule,
} from './driver-rules.ts';

// What the CRD refuses is refused here too: clusters may have a CRD of an older system, which refuses little.

const { httpsUrl, imageReference } = driverPatterns;
const unbounded = Number.MAX_SAFE_INTEGER;

/** Written and not empty. */
const given = (place: string): Condition => size(place, 1, unbounded);
/** Not written, or empty. */
const missing = (place: string): Condition => any(absent(place), equals(place, ''));
const choice = (place: string, values: readonly string[]): Condition =>
  any(missing(place), oneOf(place, values));
const text = (place: string, pattern: string): Condition => any(missing(place), matches(place, pattern));
/** A block counts as switched on unless it says otherwise. */
const enabled = (block: string): Condition => not(equals(`spec.${block}.enabled`, false));

const blocksWithImages = ['driverAgent', 'devicePlugin', 'retryHandler', 'metricsExporter'] as const;

const version: AdmissionRule = {
  name: 'version',
  field: 'spec.version',
  message: 'spec.version must be the version of the CXI driver, such as 13.0.0',
  holds: size('spec.version', 1, 64),
};

const objectName: AdmissionRule = {
  name: 'object-name',
  field: 'metadata.name',
  message:
    'metadata.name must have at most 63 characters, since it becomes a label of everything that belongs to the driver',
  holds: any(absent('metadata.name'), size('metadata.name', 0, 63)),
};

const source: readonly AdmissionRule[] = [
  {
    name: 'source-type',
    field: 'spec.source.type',
    message: 'spec.source.type must be dkms, prebuilt or preinstalled, which is the default',
    holds: choice('spec.source.type', ['dkms', 'prebuilt', 'preinstalled']),
  },
  {
    name: 'prebuilt-cache',
    field: 'spec.source.prebuiltCache',
    message: sourceRules[0].message,
    holds: implies(equals('spec.source.type', 'prebuilt'), matches('spec.source.prebuiltCache', httpsUrl)),
  },
  {
    name: 'dkms-source',
    field: 'spec.source.dkms.tag',
    message: sourceRules[1].message,
    holds: implies(
      equals('spec.source.type', 'dkms'),
      any(
        given('spec.source.dkms.tag'),
        present('spec.source.dkms.repositories'),
        given('spec.source.repository'),
      ),
    ),
  },
  {
    name: 'repository-url',
    field: 'spec.source.repository',
    message:
      'spec.source.repository must be an https URL such as https://example.com/shs-cxi-driver.tar.gz when spec.source.type is dkms',
    holds: implies(equals('spec.source.type', 'dkms'), text('spec.source.repository', httpsUrl)),
  },
];

const retryHandler: readonly AdmissionRule[] = [
  {
    name: 'retry-handler-mode',
    field: 'spec.retryHandler.mode',
    message: 'spec.retryHandler.mode must be daemonset, which is the default, sidecar, kernel or none',
    holds: implies(
      enabled('retryHandler'),
      choice('spec.retryHandler.mode', ['daemonset', 'sidecar', 'kernel', 'none']),
    ),
  },
  {
    name: 'retry-handler-conf',
    field: 'spec.retryHandler.conf',
    message: confRule.message,
    holds: text('spec.retryHandler.conf', driverPatterns.nodeConfigPath),
  },
];

function resourceName(field: 'resourceName' | 'legacyResourceName'): AdmissionRule {
  const place = `spec.devicePlugin.${field}`;
  const { form, domain, reserved } = extendedResourceName;
  const legacy = field === 'legacyResourceName';
  return {
    name: legacy ? 'legacy-resource-name' : 'resource-name',
    field: place,
    message: resourceNameRule(place, legacy).message,
    holds: any(
      missing(place),
      all(matches(place, form), matches(place, domain), not(matches(place, reserved))),
    ),
  };
}

const devicePlugin: readonly AdmissionRule[] = [
  {
    name: 'sharing-mode',
    field: 'spec.devicePlugin.sharingMode',
    message: 'spec.devicePlugin.sharingMode must be shared, which is the default, or exclusive',
    holds: implies(enabled('devicePlugin'), choice('spec.devicePlugin.sharingMode', ['shared', 'exclusive'])),
  },
  {
    name: 'shared-capacity',
    field: 'spec.devicePlugin.sharedCapacity',
    message:
      'spec.devicePlugin.sharedCapacity must be at least 1, and at most 10000, in sharing mode shared; left out it is 100',
    holds: implies(
      all(enabled('devicePlugin'), choice('spec.devicePlugin.sharingMode', ['shared'])),
      optional('spec.devicePlugin.sharedCapacity', between('spec.devicePlugin.sharedCapacity', 1, 10_000)),
    ),
  },
  resourceName('resourceName'),
  resourceName('legacyResourceName'),
  {
    name: 'resource-names-differ',
    field: 'spec.devicePlugin.legacyResourceName',
    message: devicePluginRules[0].message,
    holds: not(
      all(
        given('spec.devicePlugin.resourceName'),
        sameText('spec.devicePlugin.resourceName', 'spec.devicePlugin.legacyResourceName'),
      ),
    ),
  },
  {
    name: 'resource-of-virtual-functions',
    field: 'spec.devicePlugin.resourceName',
    message: devicePluginRules[1].message,
    holds: not(
      any(
        equals('spec.devicePlugin.resourceName', cxi.resource.vf),
        equals('spec.devicePlugin.legacyResourceName', cxi.resource.vf),
      ),
    ),
  },
];

const telemetry = 'spec.metricsExporter.telemetry';
const metricsExporter: readonly AdmissionRule[] = [
  {
    name: 'metrics-port',
    field: 'spec.metricsExporter.port',
    message: 'spec.metricsExporter.port must be a port from 1 to 65535; left out it is 9090',
    holds: optional('spec.metricsExporter.port', between('spec.metricsExporter.port', 1, 65_535)),
  },
  {
    name: 'telemetry',
    field: telemetry,
    message: telemetryRule.message,
    holds: optional(telemetry, every(telemetry, matches('item', valueRules.telemetryName.pattern))),
  },
  {
    name: 'telemetry-alone',
    field: telemetry,
    message: telemetryListRule.message,
    holds: not(all(size(telemetry, 2, unbounded), some(telemetry, oneOf('item', telemetryAlone)))),
  },
];

const timeout = 'spec.updateStrategy.healthCheckTimeout';
const maxUnavailable = 'spec.updateStrategy.maxUnavailable';
const rollout: readonly AdmissionRule[] = [
  {
    name: 'health-check-timeout',
    field: timeout,
    message: durationRule.message,
    holds: any(
      missing(timeout),
      all(matches(timeout, driverPatterns.goDuration), matches(timeout, driverPatterns.somethingPositive)),
    ),
  },
  {
    name: 'max-unavailable',
    field: maxUnavailable,
    message: maxUnavailableRule.message,
    holds: any(
      missing(maxUnavailable),
      between(maxUnavailable, 1, unbounded),
      matches(maxUnavailable, driverPatterns.countOrPercent),
    ),
  },
  {
    name: 'priority-class',
    field: 'spec.priorityClassName',
    message: priorityClassRule.message,
    holds: text('spec.priorityClassName', driverPatterns.objectName),
  },
  {
    name: 'switch-id-mask',
    field: 'spec.driverAgent.switchIdMask',
    message: switchMaskRule.message,
    holds: text('spec.driverAgent.switchIdMask', valueRules.switchIdMask.pattern),
  },
];

const images = blocksWithImages.flatMap((block): AdmissionRule[] => {
  const field = `spec.${block}.image`;
  return [
    {
      name: 'image',
      field,
      message: imageRule(field).message,
      holds: text(field, imageReference),
    },
    allowedImage(field),
  ];
});

/** What a CXIDriver is refused for. */
export const cxiDriverRules: readonly AdmissionRule[] = [
  objectName,
  version,
  ...source,
  ...retryHandler,
  ...devicePlugin,
  ...metricsExporter,
  ...rollout,
  ...images,
];
