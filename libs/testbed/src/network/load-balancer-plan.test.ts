import { expect, test } from '@jest/globals';
import { kubernetes } from '@rackwright/keys';
import type { Service } from '@rackwright/kube';
import fc from 'fast-check';
import { freeAddress, type LoadBalancerMode, loadBalancerStep } from './load-balancer-plan.ts';

const none = new Set<string>();
const finalizers = [kubernetes.finalizer.loadBalancer];

function balanced(spec: Service['spec'] = {}, metadata: Service['metadata'] = {}, ip?: string): Service {
  const status = ip === undefined ? {} : { loadBalancer: { ingress: [{ ip }] } };
  return { metadata: { name: 's', ...metadata }, spec: { type: 'LoadBalancer', ...spec }, status };
}

test.each<[string, Service, LoadBalancerMode, unknown]>([
  ['gets the first free address', balanced(), 'prompt', { step: 'assign', address: '10.250.0.1' }],
  ['keeps its address', balanced({}, {}, '10.250.0.9'), 'prompt', { step: 'none' }],
  [
    'keeps its address while others are refused',
    balanced({}, {}, '10.250.0.9'),
    'refusing',
    { step: 'none' },
  ],
  ['waits while the load balancer is late', balanced(), 'late', { step: 'none' }],
  ['is refused', balanced(), 'refusing', { step: 'refuse', message: expect.stringContaining('no address') }],
  ['of another class is left alone', balanced({ loadBalancerClass: 'x/y' }), 'prompt', { step: 'none' }],
  ['of another type is left alone', balanced({ type: 'ClusterIP' }), 'prompt', { step: 'none' }],
  [
    'that changed its type gives its address back',
    balanced({ type: 'ClusterIP' }, {}, '10.250.0.9'),
    'prompt',
    { step: 'release' },
  ],
  [
    'that is deleted can go',
    balanced({}, { deletionTimestamp: 'now', finalizers }, '10.250.0.9'),
    'refusing',
    { step: 'release' },
  ],
  [
    'that gave all back is left alone',
    balanced({ type: 'NodePort' }, { finalizers: ['a/b'] }),
    'prompt',
    { step: 'none' },
  ],
  [
    'gets the address it wants',
    balanced({ loadBalancerIP: '10.250.3.4' }),
    'prompt',
    { step: 'assign', address: '10.250.3.4' },
  ],
])('a Service %s', (_, service, mode, step) => expect(loadBalancerStep(service, mode, none)).toEqual(step));

test.each([
  '10.250.1.0',
  '10.250.1.255',
  '10.250.256.1',
  '10.250.01.1',
  '10.250.1',
  '10.250.1.1.1',
  '10.96.0.1',
  'x',
])('an address that is none of ours (%s) is refused with its name', (wanted) => {
  const step = loadBalancerStep(balanced({ loadBalancerIP: wanted }), 'prompt', none);
  expect(step).toEqual({ step: 'refuse', message: expect.stringContaining(wanted) });
});

test('an address somebody has is refused', () => {
  const step = loadBalancerStep(
    balanced({ loadBalancerIP: '10.250.0.1' }),
    'prompt',
    new Set(['10.250.0.1']),
  );
  expect(step).toEqual({ step: 'refuse', message: '10.250.0.1 belongs to another Service' });
});

test('whatever is taken and given back, no two Services have one address, and the lowest free one is next', () => {
  const moves = fc.array(fc.oneof(fc.constant('take' as const), fc.nat({ max: 30 })), { maxLength: 60 });
  const verify = (list: readonly (number | 'take')[]): void => {
    const used = new Set<string>();
    for (const move of list) {
      if (move === 'take') {
        const address = freeAddress(used);
        expect(used.has(address)).toBe(false);
        expect(address).toMatch(/^10\.250\.\d+\.\d+$/);
        expect(freeAddress(new Set([...used, address]), undefined)).not.toBe(address);
        used.add(address);
      } else used.delete([...used][move] ?? '');
    }
  };
  fc.assert(fc.property(moves, verify));
});

test('when all are given away it says so', () => {
  const all = new Set<string>();
  for (let i = 0; i < 256; i++) for (let j = 1; j < 255; j++) all.add(`10.250.${i}.${j}`);
  expect(() => freeAddress(all)).toThrow(expect.objectContaining({ code: 'ResourceExhausted' }));
  all.delete('10.250.255.254');
  expect(freeAddress(all)).toBe('10.250.255.254');
});
