import { extendedResourceName, isExtendedResourceName } from '@rackwright/core';
import type { Rule } from '../schema/rule.ts';

/** Regular expressions of single values; RE2 and JavaScript read them alike. */
export const cachePatterns = {
  pciVendor: '^[0-9a-fA-F]{4}$',
  /** Printable ASCII without the comma, which parts the entries of a flag. */
  serial: '^[!-+.-~-]{1,20}$',
  firmware: '^[!-+.-~-]{1,8}$',
  lvmName: '^[A-Za-z0-9_+.][A-Za-z0-9_+.-]{0,62}$',
  mountOption: '^[a-z0-9_=.-]+$',
  refusedMountOption: '^(ro|remount|bind|move|loop|context=.*)$',
  /** Absolute, of printable ASCII, without empty parts and a slash at its end. */
  path: '^(/[ -.0-~]+)+$',
  dotPart: '/[.][.]?(/|$)',
  reservedPath: '^/(etc|usr|var/lib/kubelet|proc|sys|dev|boot)(/|$)',
  imageReference: '^[A-Za-z0-9][A-Za-z0-9._:/@-]*$',
} as const;
const { mountOption, refusedMountOption, path, dotPart, reservedPath, imageReference } = cachePatterns;

function matches(pattern: string, self = 'self'): string {
  return `${self}.matches('${pattern}')`;
}

function test(pattern: string, value: string): boolean {
  return new RegExp(pattern).test(value);
}

function compiles(pattern: string): boolean {
  try {
    new RegExp(pattern, 'i');
    return true;
  } catch {
    return false;
  }
}

/** An API server that cannot compile it fails in the rule, with the field in its message. */
export const modelPatternRule: Rule<string> = {
  cel: "self != '' && (''.matches(self) || !''.matches(self))",
  message:
    'spec.discovery.modelPattern must be a regular expression such as (^|[^A-Za-z0-9])ai[12]00e?($|[^A-Za-z0-9])',
  holds: (value) => value !== '' && compiles(value),
};

interface Serials {
  readonly allowSerials: readonly string[];
  readonly denySerials: readonly string[];
}

export const serialsRule: Rule<Serials> = {
  cel: '!has(self.allowSerials) || !has(self.denySerials) || self.allowSerials.all(serial, !(serial in self.denySerials))',
  message:
    'spec.discovery.allowSerials must hold none of spec.discovery.denySerials; take the serial number out of one of them',
  holds: ({ allowSerials, denySerials }) => !allowSerials.some((serial) => denySerials.includes(serial)),
};

export function lvmNameRule(field: string): Rule<string> {
  return {
    cel: `${matches(cachePatterns.lvmName)} && self != '.' && self != '..'`,
    message: `${field} must be a name LVM takes: at most 63 letters, digits and _ + . -, the last not in front`,
    holds: (value) => test(cachePatterns.lvmName, value) && value !== '.' && value !== '..',
  };
}

export const stripeSizeRule: Rule<number> = {
  cel: 'self in [4, 8, 16, 32, 64, 128, 256, 512, 1024]',
  message: 'spec.cache.stripeSizeKiB must be a power of two from 4 to 1024, such as 128',
  holds: (value) => value >= 4 && value <= 1024 && Number.isInteger(Math.log2(value)),
};

export const mountOptionRule: Rule<string> = {
  cel: `${matches(mountOption)} && !${matches(refusedMountOption)}`,
  message:
    'spec.cache.mountOptions entries must be of a-z, 0-9 and _ = . -, and none of ro, remount, bind, move, loop and context=',
  holds: (value) => test(mountOption, value) && !test(refusedMountOption, value),
};

const isPath = `${matches(path)} && !${matches(dotPart)}`;

export const hostPathRule: Rule<string> = {
  cel: `${isPath} && !${matches(reservedPath)}`,
  message:
    'spec.cache.hostPath must be an absolute path such as /mnt/nvme0, without . and .. and a slash at its end, not below /etc, /usr, /var/lib/kubelet, /proc, /sys, /dev or /boot',
  holds: (value) => test(path, value) && !test(dotPart, value) && !test(reservedPath, value),
};

export const podPathRule: Rule<string> = {
  cel: isPath,
  message:
    'spec.cache.podPath must be an absolute path such as /mnt/nvme0, without . and .. and a slash at its end; leave it out for spec.cache.hostPath',
  holds: (value) => test(path, value) && !test(dotPart, value),
};

interface Devices {
  readonly minDevices: number;
  readonly expectedDevices: number;
}

/**
 * Rules over blocks. The API server tries them on the blocks' own default `{}`
 * too, before the defaults inside are filled in: hence `!has(…)`.
 */
export const expectedDevicesRule: Rule<Devices> = {
  cel: '!has(self.expectedDevices) || !has(self.minDevices) || self.expectedDevices == 0 || self.expectedDevices >= self.minDevices',
  message:
    'spec.cache.expectedDevices must be 0, for the drives that are found, or at least spec.cache.minDevices',
  holds: ({ minDevices, expectedDevices }) => expectedDevices === 0 || expectedDevices >= minDevices,
};

interface Polling {
  readonly pollSeconds: number;
  readonly commandTimeoutSeconds: number;
}

export const commandTimeoutRule: Rule<Polling> = {
  cel: '!has(self.commandTimeoutSeconds) || !has(self.pollSeconds) || self.commandTimeoutSeconds < self.pollSeconds',
  message: 'spec.health.commandTimeoutSeconds must be less than spec.health.pollSeconds',
  holds: ({ pollSeconds, commandTimeoutSeconds }) => commandTimeoutSeconds < pollSeconds,
};

/** The kubelet refuses a plugin, and the API server a pod, whose resource breaks this rule. */
export const resourceNameRules: readonly Rule<string>[] = [
  {
    cel: `${matches(extendedResourceName.form)} && ${matches(extendedResourceName.domain)} && !${matches(extendedResourceName.reserved)}`,
    message:
      'spec.devicePlugin.resourceName must be a resource name of the form domain/name outside kubernetes.io, such as phison.com/ai100: at most 244 and 63 characters, and no requests. before it',
    holds: isExtendedResourceName,
  },
];

/** What the API server alone can tell, as it knows what was before. */
export const resourceNameIsFixed: Rule<string> = {
  cel: 'self == oldSelf',
  message:
    'spec.devicePlugin.resourceName must not change, as pods ask for it; make the AidaptivCache anew for another name',
  holds: () => true,
};

interface Injection {
  readonly cache: { readonly layout: string };
  readonly devicePlugin: { readonly injection: string };
}

/** A CDI name mounts at one path, whatever other units a container has. */
export const injectionRule: Rule<Injection> = {
  cel: "!has(self.devicePlugin) || !has(self.devicePlugin.injection) || self.devicePlugin.injection != 'CDI' || !has(self.cache) || !has(self.cache.layout) || self.cache.layout == 'Striped'",
  message: 'spec.devicePlugin.injection CDI needs spec.cache.layout Striped, as a CDI name has one path',
  holds: ({ cache, devicePlugin }) => devicePlugin.injection !== 'CDI' || cache.layout === 'Striped',
};

interface Rebuilding {
  readonly cache: { readonly dataPolicy: string };
  readonly recovery: { readonly actions: readonly string[] };
}

/** Data is given up only where somebody said so twice. */
export const rebuildRule: Rule<Rebuilding> = {
  cel: "!has(self.recovery) || !has(self.recovery.actions) || !('Rebuild' in self.recovery.actions) || (has(self.cache) && has(self.cache.dataPolicy) && self.cache.dataPolicy == 'Ephemeral')",
  message:
    'spec.recovery.actions Rebuild needs spec.cache.dataPolicy Ephemeral, as it gives the data of a lost cache up',
  holds: ({ cache, recovery }) => !recovery.actions.includes('Rebuild') || cache.dataPolicy === 'Ephemeral',
};

export function imageRule(field: string): Rule<string> {
  return {
    cel: `self == '' || ${matches(imageReference)}`,
    message: `${field} must be an image reference such as registry.example.com/team/image:1.2.3; leave it out for the image the operator was installed with`,
    holds: (value) => value === '' || test(imageReference, value),
  };
}

/** Names that are in the tags of volumes: a cache that is there could not be found under others. */
export function namesOfVolume(field: 'volumeGroup' | 'logicalVolume'): { cel: string; message: string } {
  const of = (object: string): string => `${object}.spec.cache.${field}`;
  return {
    cel: `!has(oldSelf.status) || !has(oldSelf.status.phase) || oldSelf.status.phase == 'Pending' || ${of('self')} == ${of('oldSelf')}`,
    message: `spec.cache.${field} must not change once the cache is rolled out; the volumes keep their names`,
  };
}

/** What every kubelet takes for the name of a variable. */
const variableName = '^[A-Za-z_][A-Za-z0-9_]*$';

export const variableNameRule: Rule<string> = {
  cel: `${matches(variableName)} && self != 'NODE_NAME'`,
  message:
    'the name of a variable in spec.devicePlugin.env must be letters, digits and underscores, no digit first, and not NODE_NAME, which every agent is given',
  holds: (value) => test(variableName, value) && value !== 'NODE_NAME',
};
