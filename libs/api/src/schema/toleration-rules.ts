import { labelKey, labelValuePattern } from './label-syntax.ts';
import type { Rule } from './rule.ts';

interface Toleration {
  readonly key?: string | undefined;
  readonly operator?: string | undefined;
  readonly value?: string | undefined;
  readonly effect?: string | undefined;
  readonly tolerationSeconds?: number | undefined;
}

const keyPattern = `^(|${labelKey})$`;

/** What the API server would refuse in the pods of an agent is refused in the CXIDriver. */
export const tolerationRules: readonly Rule<Toleration>[] = [
  {
    cel: "(has(self.key) && self.key != '') || (has(self.operator) && self.operator == 'Exists')",
    message: 'a toleration without a key tolerates every taint and must have the operator Exists',
    holds: ({ key = '', operator }) => key !== '' || operator === 'Exists',
  },
  {
    cel: "!has(self.operator) || self.operator != 'Exists' || !has(self.value) || self.value == ''",
    message: 'a toleration with the operator Exists must have no value; leave value out or use Equal',
    holds: ({ operator, value = '' }) => operator !== 'Exists' || value === '',
  },
  {
    cel: "!has(self.tolerationSeconds) || (has(self.effect) && self.effect == 'NoExecute')",
    message: 'tolerationSeconds of a toleration goes with the effect NoExecute only',
    holds: ({ tolerationSeconds, effect }) => tolerationSeconds === undefined || effect === 'NoExecute',
  },
  {
    cel: `!has(self.key) || self.key.matches('${keyPattern}')`,
    message: 'the key of a toleration must be the key of a taint, such as example.com/dedicated',
    holds: ({ key = '' }) => new RegExp(keyPattern).test(key),
  },
  {
    cel: `!has(self.value) || self.value.matches('${labelValuePattern}')`,
    message:
      'the value of a toleration must be that of a taint: at most 63 letters, digits, dots, dashes and underscores',
    holds: ({ value = '' }) => new RegExp(labelValuePattern).test(value),
  },
];
