import { expect, test } from '@jest/globals';
import {
  containerdConfiguration,
  kubeletConfiguration,
  kubeletFlags,
  networkConfiguration,
} from './configuration.ts';
import { nodeLayout } from './layout.ts';

const layout = nodeLayout('/tmp/nodes', 'node-c1', 7);

test('the container runtime keeps its images in the folder of its node and pins the sandbox image by its full name', () => {
  const text = containerdConfiguration(layout);
  expect(text).toContain('root = "/tmp/nodes/node-c1/containerd"');
  expect(text).toContain('sandbox = "docker.io/rackwright/pause:1"');
  expect(text).toContain('conf_dir = "/tmp/nodes/node-c1/cni"');
  expect(text).toContain('config_path = "/tmp/nodes/node-c1/registries"');
  expect(text).toMatch(/^version = 3$/m);
});

test('pods get addresses of their own node, and a cable to it', () => {
  const { plugins } = JSON.parse(networkConfiguration(layout)) as {
    plugins: { type: string; ipam: { ranges: { subnet: string }[][] } }[];
  };
  expect(plugins.map(({ type }) => type)).toEqual(['ptp']);
  expect(plugins[0]?.ipam.ranges).toEqual([[{ subnet: '10.244.7.0/24' }]]);
});

test('a kubelet serves at the address of its node only, and knows no anonymous user', () => {
  const config = JSON.parse(kubeletConfiguration({ layout, topologyPolicy: 'single-numa-node' })) as Record<
    string,
    unknown
  >;
  expect(config).toMatchObject({
    address: '10.240.1.7',
    healthzBindAddress: '10.240.1.7',
    readOnlyPort: 0,
    authentication: { anonymous: { enabled: false } },
    topologyManagerPolicy: 'single-numa-node',
    clusterDNS: ['10.96.0.10'],
    clusterDomain: 'cluster.local',
  });
  expect(kubeletFlags(layout)).toContain('--node-ip=10.240.1.7');
  expect(kubeletFlags(layout)).toContain('--hostname-override=node-c1');
});
