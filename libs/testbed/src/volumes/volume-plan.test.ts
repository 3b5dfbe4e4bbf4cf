import { expect, test } from '@jest/globals';
import { kubernetes } from '@rackwright/keys';
import type { Node, PersistentVolumeClaim, StorageClass } from '@rackwright/kube';
import {
  claimStep,
  helperPod,
  hostnameOf,
  isDiscarded,
  localProvisioner,
  localVolume,
  volumesFolder,
} from './volume-plan.ts';

const waiting: StorageClass = {
  ...{ metadata: { name: 'wait' }, provisioner: localProvisioner, volumeBindingMode: 'WaitForFirstConsumer' },
};
const immediate: StorageClass = { ...waiting, volumeBindingMode: 'Immediate', reclaimPolicy: 'Retain' };

function node(name: string, ready = 'True', unschedulable = false): Node {
  const conditions = [{ type: 'Ready', status: ready as 'True' | 'False' }];
  return {
    metadata: { name, labels: { [kubernetes.label.hostname]: `${name}.host` } },
    spec: { unschedulable },
    status: { conditions },
  };
}

const nodes = [node('c'), node('b'), node('a', 'False'), node('0', 'True', true)];
const selected = { [kubernetes.annotation.selectedNode]: 'c' };

function claim(
  spec: PersistentVolumeClaim['spec'] = {},
  metadata: PersistentVolumeClaim['metadata'] = {},
): PersistentVolumeClaim {
  return {
    metadata: { namespace: 'ns', name: 'data-0', uid: 'u1', ...metadata },
    spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '5Gi' } }, ...spec },
  };
}

test.each([
  ['waits for its first pod', claim(), waiting, { step: 'none' }],
  [
    'goes to the node the scheduler chose',
    claim({}, { annotations: selected }),
    waiting,
    { step: 'make', node: 'c' },
  ],
  ['goes to a ready node at once', claim(), immediate, { step: 'make', node: 'b' }],
  ['of a foreign class is left alone', claim(), { ...immediate, provisioner: 'x' }, { step: 'none' }],
  ['of an unknown class is left alone', claim(), undefined, { step: 'none' }],
  ['that has a volume needs none', claim({ volumeName: 'v' }), immediate, { step: 'none' }],
  ['that is being deleted needs none', claim({}, { deletionTimestamp: 'now' }), immediate, { step: 'none' }],
] as const)('a claim %s', (_, given, storageClass, step) => {
  expect(claimStep(given, storageClass, nodes)).toEqual(step);
});

test.each([
  ['block devices', claim({ volumeMode: 'Block' }), nodes, /no block devices/],
  [
    'sharing',
    claim({ accessModes: ['ReadWriteOnce', 'ReadWriteMany'] }),
    nodes,
    /ReadWriteMany is not possible/,
  ],
  ['labels', claim({ selector: { matchLabels: { a: 'b' } } }), nodes, /not chosen by labels/],
  ['a ready node', claim(), [node('a', 'False')], /no node is ready/],
] as const)('a claim that wants %s is refused with the reason', (_, given, present, message) => {
  expect(claimStep(given, immediate, present)).toEqual({
    step: 'refuse',
    message: expect.stringMatching(message),
  });
});

test('a claim whose node is gone goes back to the scheduler', () => {
  const annotations = { [kubernetes.annotation.selectedNode]: 'gone' };
  expect(claimStep(claim({}, { annotations }), waiting, nodes)).toEqual({
    ...{ step: 'reschedule', message: 'there is no node gone' },
  });
});

test('the volume is as large as asked, for this claim only, on its node only, and kept if the class says so', () => {
  const volume = localVolume(claim(), immediate, node('c'));
  expect(volume.metadata?.name).toBe('pvc-u1');
  expect(volume.spec).toMatchObject({
    ...{
      capacity: { storage: '5Gi' },
      accessModes: ['ReadWriteOnce'],
      persistentVolumeReclaimPolicy: 'Retain',
    },
    claimRef: { namespace: 'ns', name: 'data-0', uid: 'u1' },
    local: { path: `${volumesFolder}/pvc-u1` },
  });
  expect(hostnameOf(volume)).toBe('c.host');
  expect(localVolume(claim(), waiting, node('c')).spec?.persistentVolumeReclaimPolicy).toBe('Delete');
});

test('only a released volume of ours that is not to be kept is discarded', () => {
  const released = { ...localVolume(claim(), waiting, node('c')), status: { phase: 'Released' } };
  expect(isDiscarded(released)).toBe(true);
  expect(isDiscarded({ ...released, status: { phase: 'Bound' } })).toBe(false);
  expect(isDiscarded({ ...released, metadata: { name: 'pvc-u1' } })).toBe(false);
  const kept = { ...released.spec, persistentVolumeReclaimPolicy: 'Retain' as const };
  expect(isDiscarded({ ...released, spec: kept })).toBe(false);
});

test('the helper pod touches one folder on one node, whatever taints it has', () => {
  const { spec } = helperPod('pvc-u1', 'remove', 'c');
  expect(spec?.nodeName).toBe('c');
  expect(spec?.tolerations).toEqual([{ operator: 'Exists' }]);
  expect(spec?.containers[0]?.command).toEqual([
    ...['/bin/sh', '-c', 'cd "$RACKWRIGHT_SANDBOX_ROOT/volumes" && rm -rf "$0"', 'pvc-u1'],
  ]);
  expect(spec?.volumes?.[0]?.hostPath?.path).toBe(volumesFolder);
});
