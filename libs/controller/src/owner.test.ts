import { expect, test } from '@jest/globals';
import { type KubeObject, resources, resourceType } from '@rackwright/kube';
import { controllerOf, controllerReference } from './owner.ts';

const drivers = resourceType({
  group: 'cxi.hpe.com',
  version: 'v1',
  plural: 'cxidrivers',
  kind: 'CXIDriver',
  namespaced: false,
});
const driver = { metadata: { name: 'main', uid: 'u' } };

test('an owned object leads back to its owner', () => {
  const owned: KubeObject = {
    metadata: { namespace: 'ns', ownerReferences: [controllerReference(driver, drivers)] },
  };
  expect(controllerOf(drivers)(owned)).toEqual(['main']);
  expect(owned.metadata?.ownerReferences?.[0]).toEqual({
    ...{ apiVersion: 'cxi.hpe.com/v1', kind: 'CXIDriver', name: 'main', uid: 'u' },
    ...{ controller: true, blockOwnerDeletion: true },
  });
});

test('an owner in a namespace is looked for in the object’s own', () => {
  const owned = {
    metadata: { namespace: 'ns', ownerReferences: [controllerReference(driver, resources.daemonSets)] },
  };
  expect(controllerOf(resources.daemonSets)(owned)).toEqual(['ns/main']);
});

test('owners that are not its controller, of another kind or of another group do not count', () => {
  const reference = controllerReference(driver, drivers);
  for (const other of [{ controller: false }, { kind: 'Other' }, { apiVersion: 'else.com/v1' }]) {
    expect(controllerOf(drivers)({ metadata: { ownerReferences: [{ ...reference, ...other }] } })).toEqual(
      [],
    );
  }
  expect(controllerOf(drivers)({})).toEqual([]);
});
