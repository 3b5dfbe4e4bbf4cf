import { pmem } from '@rackwright/keys';
import type { Rule } from '../schema/rule.ts';

/** What is made for it has names behind its own: the pod of the controller has one label that says more. */
const maxName = 41;

const driverName = '^[a-z0-9]([-a-z0-9]*[a-z0-9])?([.][a-z0-9]([-a-z0-9]*[a-z0-9])?)*$';

function test(pattern: string, value: string): boolean {
  return new RegExp(pattern).test(value);
}

/** A Service is called after it, and with its dots made dashes that is a name in the DNS. */
export const olderNameRules = [
  {
    cel: `self.metadata.name.size() <= ${maxName}`,
    message: `metadata.name must have at most ${maxName} characters, as the pods of the driver are called after it`,
  },
  {
    cel: "self.metadata.name.matches('^[a-z]')",
    message: 'metadata.name must begin with a letter, as a Service is called after it',
  },
];

export const driverNameFieldRule: Rule<string> = {
  cel: `self == '' || self.matches('${driverName}')`,
  message: `spec.driverName must be a domain name in lower case such as ${pmem.driverName}`,
  holds: (value) => value === '' || test(driverName, value),
};

/** How volumes are made, where the spec does not say so. */
const mode = (object: string): string =>
  `(has(${object}.spec) && has(${object}.spec.deviceMode) ? ${object}.spec.deviceMode : 'lvm')`;
const share = (object: string): string =>
  `(has(${object}.spec) && has(${object}.spec.pmemPercentage) ? ${object}.spec.pmemPercentage : 100)`;

/** It was rolled out, and nothing is wrong with it. */
const isRolledOut =
  "has(oldSelf.status) && has(oldSelf.status.phase) && oldSelf.status.phase in ['Initializing', 'Running']";

/** What the first operator put back in the spec of one that runs. */
export const olderUpdateRules = [
  {
    cel: `!(${isRolledOut}) || ${mode('self')} == ${mode('oldSelf')}`,
    message:
      'spec.deviceMode cannot be changed while the Deployment is Initializing or Running: volumes of one mode are not found in the other; delete it, which keeps the volumes, and create it anew',
  },
  {
    cel: `!(${isRolledOut}) || ${share('self')} >= ${share('oldSelf')}`,
    message:
      'spec.pmemPercentage cannot be lowered while the Deployment is Initializing or Running: the driver gives nothing back that it has',
  },
];
