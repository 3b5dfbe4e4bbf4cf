import { expect, test } from '@jest/globals';
import { podWith, sidecar } from '../testing/pods.ts';
import { AddressPool } from './address-pool.ts';
import { checkFit, podRequests } from './pod-admission.ts';

const cpu = (value: string) => ({ resources: { requests: { cpu: value } } });

test('a pod takes what its containers and sidecars take together, or its hungriest init container', () => {
  const containers = [
    { name: 'a', ...cpu('1') },
    { name: 'b', ...cpu('500m') },
  ];
  expect(podRequests(podWith({ containers }))).toEqual({ cpu: 1.5 });
  expect(podRequests(podWith({ containers, initContainers: [{ name: 'i', ...cpu('4') }] }))).toEqual({
    cpu: 4,
  });
  const initContainers = [sidecar('s', cpu('1')), { name: 'i', ...cpu('2') }];
  expect(podRequests(podWith({ containers, initContainers }))).toEqual({ cpu: 3 });
});

test('limits count where requests are not given', () => {
  const containers = [{ name: 'a', resources: { limits: { 'hpe.com/cxi': 2 } } }];
  expect(podRequests(podWith({ containers }))).toEqual({ 'hpe.com/cxi': 2 });
});

const offer = {
  name: 'n1',
  labels: { zone: 'a' },
  allocatable: { cpu: 4, pods: 2, 'hpe.com/cxi': 1 },
  others: [],
};

test('a pod that fits is let in', () => {
  const pod = podWith({ containers: [{ name: 'a', ...cpu('4') }], nodeSelector: { zone: 'a' } });
  expect(checkFit(pod, offer)).toBeUndefined();
});

test.each([
  ['NodeAffinity', { nodeSelector: { zone: 'b' } }],
  ['OutOfcpu', { containers: [{ name: 'a', ...cpu('5') }] }],
  ['OutOfhpe.com/cxi', { containers: [{ name: 'a', resources: { limits: { 'hpe.com/cxi': 2 } } }] }],
])('a pod that bypassed the scheduler is turned away with %s', (reason, spec) => {
  expect(checkFit(podWith(spec), offer)?.reason).toBe(reason);
});

test('other pods count, and so does their number', () => {
  const small = podWith({ containers: [{ name: 'a', ...cpu('1') }] });
  const big = podWith({ containers: [{ name: 'a', ...cpu('3500m') }] });
  expect(checkFit(small, { ...offer, others: [big] })?.reason).toBe('OutOfcpu');
  expect(checkFit(small, { ...offer, others: [small, small] })?.reason).toBe('OutOfpods');
});

test('a resource the node does not offer at all is not checked here', () => {
  const pod = podWith({ containers: [{ name: 'a', resources: { limits: { 'example.com/x': 1 } } }] });
  expect(checkFit(pod, offer)).toBeUndefined();
});

test('each pod has its own address, the node the first, and a freed one rests for a while', () => {
  const pool = new AddressPool({ listens: '127.9.9.' });
  expect(pool.nodeIp).toBe('127.9.9.1');
  expect([pool.take('a'), pool.take('b'), pool.take('a')]).toEqual(['127.9.9.2', '127.9.9.3', '127.9.9.2']);
  pool.release('a');
  expect(pool.take('c')).toBe('127.9.9.4');
  for (let i = 0; i < 251; i++) pool.take(`x${i}`);
  expect(() => pool.take('one too many')).toThrow(/no address left/);
});
