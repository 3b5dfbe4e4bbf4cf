import type { Rule } from '../schema/rule.ts';

// What the older CRD took is refused only where nothing could come of it.

const imageReference = '^[A-Za-z0-9][A-Za-z0-9._:/@-]*$';
/** Absolute, of printable ASCII; a slash at its end is taken. */
const path = '^(/[ -.0-~]+)+/?$';
const dotPart = '/[.][.]?(/|$)';
const percentage = '^(0|[1-9][0-9]?|100)%$';

/** The longest name of a CSI driver. */
const maxDriverName = 63;

function test(pattern: string, value: string): boolean {
  return new RegExp(pattern).test(value);
}

export function imageRule(field: string): Rule<string> {
  return {
    cel: `self == '' || self.matches('${imageReference}')`,
    message: `${field} must be an image reference such as registry.example.com/team/image:1.2.3; leave it out for the image the operator was installed with`,
    holds: (value) => value === '' || test(imageReference, value),
  };
}

export const kubeletDirRule: Rule<string> = {
  cel: `self == '' || (self.matches('${path}') && !self.matches('${dotPart}'))`,
  message:
    'spec.kubeletDir must be an absolute path such as /var/lib/kubelet without . and .. in it; leave it out for that of the operator',
  holds: (value) => value === '' || (test(path, value) && !test(dotPart, value)),
};

export const maxUnavailableRule: Rule<number | string> = {
  cel: `type(self) == int ? self >= 0 : self.matches('${percentage}')`,
  message: 'spec.maxUnavailable must be a number of nodes such as 1, or a percentage such as 10%',
  holds: (value) => (typeof value === 'number' ? value >= 0 : test(percentage, value)),
};

/** It is the name of the CSI driver, and what is made for it is called after it. */
export const driverNameRule = {
  cel: `self.metadata.name.size() <= ${maxDriverName}`,
  message: `metadata.name must have at most ${maxDriverName} characters, as it is the name of the CSI driver`,
};

interface Replicas {
  readonly controllReplicas?: number | undefined;
  readonly controllerReplicas?: number | undefined;
}

/** The first is the name in the older CRD, the second that in its documentation. */
export const replicasRule: Rule<Replicas> = {
  cel: '!has(self.controllReplicas) || !has(self.controllerReplicas) || self.controllReplicas == self.controllerReplicas',
  message:
    'spec.controllerReplicas and spec.controllReplicas are two names of one field; leave one of them out',
  holds: ({ controllReplicas, controllerReplicas }) =>
    controllReplicas === undefined ||
    controllerReplicas === undefined ||
    controllReplicas === controllerReplicas,
};
