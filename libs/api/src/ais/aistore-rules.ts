import type { Rule } from '../schema/rule.ts';

// The CRD refuses what that of the older operator refused, in its words; what goes beyond is admission.

interface Sizes {
  readonly size?: number | undefined;
  readonly proxySpec: { readonly size?: number | undefined };
  readonly targetSpec: { readonly size?: number | undefined };
}

const rolesHaveSizes = 'has(self.proxySpec.size) && has(self.targetSpec.size)';

export const sizeRules: readonly Rule<Sizes>[] = [
  {
    cel: `has(self.size) || (${rolesHaveSizes})`,
    message:
      'Invalid cluster size: the cluster size is not specified; set spec.size, or both spec.proxySpec.size and spec.targetSpec.size',
    holds: ({ size, proxySpec, targetSpec }) =>
      size !== undefined || (proxySpec.size !== undefined && targetSpec.size !== undefined),
  },
  {
    // The scale subresource is checked by nothing else.
    cel: `!has(self.size) || self.size != 0 || (${rolesHaveSizes})`,
    message: 'invalid cluster size 0; set spec.shutdownCluster to stop the cluster and keep its data',
    holds: ({ size, proxySpec, targetSpec }) =>
      size !== 0 || (proxySpec.size !== undefined && targetSpec.size !== undefined),
  },
];

interface Cleanup {
  readonly cleanupData?: boolean | undefined;
  readonly cleanupMetadata?: boolean | undefined;
}

export const cleanupRule: Rule<Cleanup> = {
  cel: '!has(self.cleanupData) || !self.cleanupData || (has(self.cleanupMetadata) && self.cleanupMetadata)',
  message:
    'spec.cleanupData requires spec.cleanupMetadata to be true: data that nothing describes any more cannot be kept apart',
  holds: ({ cleanupData, cleanupMetadata }) => cleanupData !== true || cleanupMetadata === true,
};

/** How many of some fields are there, in CEL. */
function countOf(fields: readonly string[]): string {
  return `[${fields.map((field) => `has(self.${field})`).join(', ')}].filter(x, x).size()`;
}

function count(block: object, fields: readonly string[]): number {
  const values = block as Readonly<Record<string, unknown>>;
  return fields.filter((field) => values[field] !== undefined).length;
}

function exactlyOne(field: string, of: readonly string[]): Rule<object> {
  return {
    cel: `${countOf(of)} == 1`,
    message: `${field} must define exactly one of ${of.join(', ')}`,
    holds: (block) => count(block, of) === 1,
  };
}

export const stateStorageRule = exactlyOne('spec.stateStorage', ['hostPath', 'pvc', 'emptyDir']);

export const persistenceRule = exactlyOne('spec.persistence', ['storageClass', 'volumeName']);

export const loginMethodRule = exactlyOne('spec', ['usernamePassword', 'tokenExchange']);

const inlineLogins = ['usernamePassword', 'tokenExchange'];

export const authRule: Rule<object> = {
  cel: `has(self.profileRef) || ${countOf(inlineLogins)} == 1`,
  message:
    'spec.auth must have profileRef, or define exactly one of usernamePassword, tokenExchange; the latter two are deprecated',
  holds: (auth) => 'profileRef' in auth || count(auth, inlineLogins) === 1,
};

const tlsSources = ['secretName', 'certificate'];

export const tlsRule: Rule<object> = {
  cel: `${countOf(tlsSources)} <= 1`,
  message: 'spec.tls: specify only one: secretName or certificate',
  holds: (tls) => count(tls, tlsSources) <= 1,
};

const percentage = '^(0|[1-9][0-9]?|100)%$';

export const maxUnavailableRule: Rule<number | string> = {
  cel: `type(self) == int ? self >= 0 : self.matches('${percentage}')`,
  message:
    'spec.targetSpec.pdb.maxUnavailable must be a number of targets such as 1, or a percentage such as 10%',
  holds: (value) => (typeof value === 'number' ? value >= 0 : new RegExp(percentage).test(value)),
};
