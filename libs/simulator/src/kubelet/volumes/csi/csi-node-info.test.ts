import { beforeEach, expect, test } from '@jest/globals';
import { ManualClock } from '@rackwright/core';
import type { CSINode, Node } from '@rackwright/kube';
import { ScriptedClient } from '../../testing/scripted-client.ts';
import { CsiNodeInfo } from './csi-node-info.ts';

const owner = { apiVersion: 'v1', kind: 'Node', name: 'n', uid: 'u' };
const info = {
  nodeId: 'here',
  maxVolumesPerNode: 0n,
  accessibleTopology: { segments: { 'd/node': 'here' } },
};
let api: ScriptedClient;
let clock: ManualClock;
let node: Node;
let csiNode: CSINode;
let nodeInfo: CsiNodeInfo;

beforeEach(() => {
  clock = new ManualClock();
  node = { metadata: { name: 'n', uid: 'u', resourceVersion: '3' } };
  // As the API server shows one without drivers.
  csiNode = { metadata: { name: 'n', ownerReferences: [owner] }, spec: { drivers: null } };
  api = new ScriptedClient();
  api.answer = ({ verb, plural, body }) => {
    if (verb === 'get') return plural === 'nodes' ? node : csiNode;
    return body;
  };
  nodeInfo = new CsiNodeInfo({ client: api.client, clock, nodeName: 'n' });
});

/** What was written, without the reads. */
function writes(): unknown[] {
  return api.asked
    .filter(({ verb }) => verb !== 'get')
    .map(({ verb, plural, body }) => ({ verb, plural, body }));
}

test('the first driver of a node is shown by the Node and by its CSINode', async () => {
  await nodeInfo.install('d', info);
  expect(writes()).toEqual([
    {
      verb: 'patch',
      plural: 'nodes',
      body: {
        metadata: {
          annotations: { 'csi.volume.kubernetes.io/nodeid': '{"d":"here"}' },
          labels: { 'd/node': 'here' },
          resourceVersion: '3',
        },
      },
    },
    {
      verb: 'update',
      plural: 'csinodes',
      body: { ...csiNode, spec: { drivers: [{ name: 'd', nodeID: 'here', topologyKeys: ['d/node'] }] } },
    },
  ]);
});

test('what is shown already is not written again', async () => {
  node.metadata = {
    ...node.metadata,
    labels: { 'd/node': 'here' },
    annotations: { 'csi.volume.kubernetes.io/nodeid': '{"d":"here"}' },
  };
  csiNode.spec.drivers = [{ name: 'd', nodeID: 'here', topologyKeys: ['d/node'] }];
  await nodeInfo.install('d', info);
  expect(writes()).toEqual([]);
});

test('a driver that goes leaves the others, and the labels of its topology', async () => {
  node.metadata = {
    ...node.metadata,
    labels: { 'd/node': 'here' },
    annotations: { 'csi.volume.kubernetes.io/nodeid': '{"d":"here","e":"there"}' },
  };
  const other = { name: 'e', nodeID: 'there' };
  csiNode.spec.drivers = [{ name: 'd', nodeID: 'here' }, other];
  await nodeInfo.uninstall('d');
  expect(writes()).toEqual([
    { verb: 'update', plural: 'csinodes', body: { ...csiNode, spec: { drivers: [other] } } },
    {
      verb: 'patch',
      plural: 'nodes',
      body: {
        metadata: {
          annotations: { 'csi.volume.kubernetes.io/nodeid': '{"e":"there"}' },
          resourceVersion: '3',
        },
      },
    },
  ]);
});

test('a driver that puts the node elsewhere in its topology than it is, is refused', async () => {
  node.metadata = { ...node.metadata, labels: { 'd/node': 'elsewhere' } };
  const installing = expect(nodeInfo.install('d', info)).rejects.toThrow(
    'detected topology value collision: driver reported "d/node":"here" but existing label is "d/node":"elsewhere"',
  );
  await clock.advance(5000);
  await installing;
  expect(writes()).toEqual([]);
});

test('a driver without a name for the node is refused', async () => {
  await expect(nodeInfo.install('d', { ...info, nodeId: '' })).rejects.toThrow(
    'driverNodeID must not be empty',
  );
});
