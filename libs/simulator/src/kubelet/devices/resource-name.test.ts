import { expect, test } from '@jest/globals';
import { isExtendedResource } from './resource-name.ts';

test.each(['hpe.com/cxi', 'beta.hpe.com/cxi-vf', 'example.com/a.b_c', `a.com/${'x'.repeat(63)}`])(
  '%s may be an extended resource',
  (name) => expect(isExtendedResource(name)).toBe(true),
);

test.each([
  ['cpu', 'it has no domain'],
  ['kubernetes.io/x', 'the domain is Kubernetes’ own'],
  ['node.kubernetes.io/x', 'the domain is below Kubernetes’ own'],
  ['requests.hpe.com/cxi', 'the prefix is that of quotas'],
  ['Hpe.com/cxi', 'a domain is lower case'],
  ['hpe.com/-cxi', 'a name starts with a letter or digit'],
  ['hpe.com/', 'there is no name'],
  [`hpe.com/${'x'.repeat(64)}`, 'the name is too long'],
  ['a/b/c', 'there are two slashes'],
])('%s may not: %s', (name) => expect(isExtendedResource(name)).toBe(false));
