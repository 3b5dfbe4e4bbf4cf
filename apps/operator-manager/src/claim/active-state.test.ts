import { expect, test } from '@jest/globals';
import type { DaemonSet, KubeObject } from '@rackwright/kube';
import { claimedDrivers } from '../cxidriver/claimed-drivers.ts';
import { type AccountState, type ActiveStateInput, activeStateOf } from './active-state.ts';
import { formatClaim, type Installation } from './installation.ts';

const self: Installation = { namespace: 'other', name: 'second', uid: 'uid-second' };
const first: Installation = { namespace: 'slingshot-system', name: 'first', uid: 'uid-first' };

function driver(name: string, claim?: Installation): KubeObject {
  const annotations = claim === undefined ? {} : { 'rackwright.io/operator': formatClaim(claim) };
  return { metadata: { name, uid: `uid-${name}`, annotations } };
}

function agents(namespace: string, owner: string): DaemonSet {
  const ownerReferences = [
    { apiVersion: 'cxi.hpe.com/v1', kind: 'CXIDriver', name: owner, uid: `uid-${owner}` },
  ];
  return { metadata: { name: `${owner}-driver-agent`, namespace, ownerReferences } };
}

function activeState(input: Partial<ActiveStateInput>, state: AccountState = 'there') {
  return activeStateOf({
    self,
    kind: claimedDrivers,
    objects: [],
    daemonSets: [],
    held: new Set(),
    stateOf: () => state,
    ...input,
  });
}

const acts = { acts: true, message: '' };
const standsBy = {
  acts: false,
  message: 'installation slingshot-system/first looks after CXIDrivers; this one stands by',
};

test('without a CXIDriver an installation may act', () => expect(activeState({})).toEqual(acts));

test('nobody has claimed the CXIDriver: it may act', () => {
  expect(activeState({ objects: [driver('cxi')] })).toEqual(acts);
});

test('a CXIDriver of its own: it acts, whatever is claimed beside it', () => {
  expect(activeState({ objects: [driver('a', first), driver('b', self)] })).toEqual(acts);
});

test('a CXIDriver that its account of an earlier uid claimed is its own', () => {
  expect(activeState({ objects: [driver('cxi', { ...self, uid: 'earlier' })] })).toEqual(acts);
});

test.each(['there', 'unknown'] as const)('another installation has it and is %s: it stands by', (state) => {
  expect(activeState({ objects: [driver('a'), driver('b', first)] }, state)).toEqual(standsBy);
});

test('another installation has it and is gone: it may act', () => {
  expect(activeState({ objects: [driver('cxi', first)] }, 'gone')).toEqual(acts);
});

test('agents of an operator without claims run elsewhere: it stands by and says how to take them over', () => {
  const input = { objects: [driver('cxi')], daemonSets: [agents('slingshot-system', 'cxi')] };
  const { acts: mayAct, message } = activeState(input);
  expect(mayAct).toBe(false);
  expect(message).toContain('agents of CXIDriver cxi run in namespace slingshot-system');
  expect(message).toContain('kubectl annotate cxidriver cxi rackwright.io/operator=other/second');
});

test('agents run in its own namespace too, as after an upgrade: it may act', () => {
  const daemonSets = [agents('slingshot-system', 'cxi'), agents('other', 'cxi')];
  expect(activeState({ objects: [driver('cxi')], daemonSets })).toEqual(acts);
});

test('agents elsewhere of a CXIDriver that it looks after, whose claim somebody wiped out: it may act', () => {
  const input = { objects: [driver('cxi')], daemonSets: [agents('slingshot-system', 'cxi')] };
  expect(activeState({ ...input, held: new Set(['uid-cxi']) })).toEqual(acts);
});

test('agents of an earlier CXIDriver of the same name hold nobody up', () => {
  const daemonSets = [agents('slingshot-system', 'former')];
  expect(activeState({ objects: [driver('cxi')], daemonSets })).toEqual(acts);
});
