import {
  extendedResourceName,
  follows,
  isExtendedResourceName,
  telemetryAlone,
  valueRules,
} from '@rackwright/core';
import { cxi } from '@rackwright/keys';
import type { Rule } from '../schema/rule.ts';

/** Regular expressions that the CRD, its parser and the admission rules share. */
export const driverPatterns = {
  httpsUrl: '^https://[^/ ]+(/[^ ]*)?$',
  imageReference: '^[A-Za-z0-9][A-Za-z0-9._:/@-]*$',
  goDuration: '^[+]?(([0-9]{1,6}([.][0-9]{0,9})?|[.][0-9]{1,9})(ns|us|µs|ms|s|m|h))+$',
  /** Nothing, or the name of an object. */
  objectName: '^(|[a-z0-9]([-a-z0-9]*[a-z0-9])?([.][a-z0-9]([-a-z0-9]*[a-z0-9])?)*)$',
  somethingPositive: '[1-9]',
  nodeConfigPath: '^(|/etc(/[A-Za-z0-9_-][A-Za-z0-9._-]*)+)$',
  countOrPercent: '^([1-9][0-9]*|([1-9][0-9]?|100)%)$',
} as const;
const {
  httpsUrl,
  imageReference,
  goDuration,
  objectName,
  somethingPositive,
  nodeConfigPath,
  countOrPercent,
} = driverPatterns;

/** CEL and TypeScript share the regular expression; both engines read this subset alike. */
function matches(pattern: string, self = 'self'): string {
  return `${self}.matches('${pattern}')`;
}

function test(pattern: string, value: string): boolean {
  return new RegExp(pattern).test(value);
}

export function imageRule(field: string): Rule<string> {
  return {
    cel: `self == '' || ${matches(imageReference)}`,
    message: `${field} must be an image reference such as registry.example.com/team/image:1.2.3; leave it out for the image the operator was installed with`,
    holds: (value) => value === '' || test(imageReference, value),
  };
}

export function httpsRule(field: string): Rule<string> {
  return {
    cel: matches(httpsUrl),
    message: `${field} must be an https URL such as https://example.com/path`,
    holds: (value) => test(httpsUrl, value),
  };
}

/** The kubelet refuses a plugin, and the API server a pod, whose resource breaks this rule. */
export function resourceNameRule(field: string, mayBeEmpty = false): Rule<string> {
  const { form, domain, reserved } = extendedResourceName;
  const empty = mayBeEmpty ? "self == '' || " : '';
  return {
    cel: `${empty}(${matches(form)} && ${matches(domain)} && !${matches(reserved)})`,
    message:
      `${field} must be a resource name of the form domain/name outside kubernetes.io, such as hpe.com/cxi: ` +
      'at most 244 and 63 characters, and no requests. before it' +
      (mayBeEmpty ? '; or "" to offer no second name' : ''),
    holds: (value) => (mayBeEmpty && value === '') || isExtendedResourceName(value),
  };
}

export const confRule: Rule<string> = {
  cel: matches(nodeConfigPath),
  message:
    'spec.retryHandler.conf must be the path of a file under /etc of the node, such as /etc/cxi_rh.conf; leave it out to let cxi_rh look by itself',
  holds: (value) => test(nodeConfigPath, value),
};

export const switchMaskRule: Rule<string> = {
  cel: matches(valueRules.switchIdMask.pattern),
  message:
    'spec.driverAgent.switchIdMask must be a hexadecimal mask of 1 to 20 bits such as 0xfffc0, which is the default',
  holds: (value) => follows('switchIdMask', value),
};

export const telemetryRule: Rule<string> = {
  cel: matches(valueRules.telemetryName.pattern),
  message:
    'spec.metricsExporter.telemetry entries must be names of telemetry files such as pct_no_tct_nacks, of letters, digits and underscores, or default, or the single entry all',
  holds: (value) => follows('telemetryName', value),
};

export const telemetryListRule: Rule<readonly string[]> = {
  cel: `self.size() <= 1 || !self.exists(name, name in [${telemetryAlone.map((word) => `'${word}'`).join(', ')}])`,
  message:
    'spec.metricsExporter.telemetry must hold nothing beside the entry all or none; leave that entry out to export what the others name',
  holds: (names) => names.length <= 1 || !telemetryAlone.some((word) => names.includes(word)),
};

export const durationRule: Rule<string> = {
  cel: `${matches(goDuration)} && ${matches(somethingPositive)}`,
  message:
    'spec.updateStrategy.healthCheckTimeout must be a positive duration such as 90s, 5m or 1h30m; left out it is 5m',
  holds: (value) => test(goDuration, value) && test(somethingPositive, value),
};

export const priorityClassRule: Rule<string> = {
  cel: matches(objectName),
  message:
    'spec.priorityClassName must be the name of a PriorityClass such as system-node-critical, or "" for none',
  holds: (value) => test(objectName, value),
};

export const maxUnavailableRule: Rule<number | string> = {
  cel: `type(self) == int ? self >= 1 : ${matches(countOrPercent, 'string(self)')}`,
  message:
    'spec.updateStrategy.maxUnavailable must be a number of nodes of at least 1, or a percentage from 1% to 100% such as "10%"',
  holds: (value) => (typeof value === 'number' ? value >= 1 : test(countOrPercent, value)),
};

interface Source {
  readonly type: string;
  readonly repository?: string | undefined;
  readonly prebuiltCache?: string | undefined;
  readonly dkms: { readonly tag?: string | undefined; readonly repositories?: unknown };
}

const given = (value: string | undefined): value is string => value !== undefined && value !== '';

/**
 * Rules over blocks. The API server tries them on the blocks' own default `{}`
 * too, before the defaults inside are filled in: hence `!has(…)`.
 */
export const sourceRules: readonly [prebuilt: Rule<Source>, dkms: Rule<Source>] = [
  {
    cel: `!has(self.type) || self.type != 'prebuilt' || (has(self.prebuiltCache) && ${matches(httpsUrl, 'self.prebuiltCache')})`,
    message:
      'spec.source.prebuiltCache must be the https URL of the folder with prebuilt modules when spec.source.type is prebuilt',
    holds: ({ type, prebuiltCache }) =>
      type !== 'prebuilt' || (prebuiltCache !== undefined && test(httpsUrl, prebuiltCache)),
  },
  {
    cel: "!has(self.type) || self.type != 'dkms' || (has(self.dkms.tag) && self.dkms.tag != '') || has(self.dkms.repositories) || (has(self.repository) && self.repository != '')",
    message:
      'spec.source.dkms.tag, spec.source.dkms.repositories or spec.source.repository must be set when spec.source.type is dkms; set spec.source.dkms.tag to a release such as release/shs-13.0.0',
    holds: ({ type, dkms, repository }) =>
      type !== 'dkms' || given(dkms.tag) || dkms.repositories !== undefined || given(repository),
  },
];

interface Resources {
  readonly resourceName: string;
  readonly legacyResourceName: string;
}

export const devicePluginRules: readonly [differ: Rule<Resources>, virtual: Rule<Resources>] = [
  {
    cel: '!has(self.resourceName) || self.resourceName != self.legacyResourceName',
    message:
      'spec.devicePlugin.legacyResourceName must differ from spec.devicePlugin.resourceName; set it to "" to offer no second name',
    holds: ({ resourceName, legacyResourceName }) => resourceName !== legacyResourceName,
  },
  {
    cel: `!has(self.resourceName) || (self.resourceName != '${cxi.resource.vf}' && self.legacyResourceName != '${cxi.resource.vf}')`,
    message: `spec.devicePlugin.resourceName and spec.devicePlugin.legacyResourceName must not be ${cxi.resource.vf}, the name of virtual functions; use for example ${cxi.resource.cxi}`,
    holds: ({ resourceName, legacyResourceName }) =>
      resourceName !== cxi.resource.vf && legacyResourceName !== cxi.resource.vf,
  },
];
