import { expect, test } from '@jest/globals';
import { type Agent, type AgentPlacement, agentDaemonSet } from './daemon-set.ts';
import { type AgentDescriptor, nonRoot } from './descriptor.ts';
import { hostFolder } from './host-mounts.ts';

/** An agent of a family that nothing else knows. */
const descriptor: AgentDescriptor = {
  component: 'gauge',
  port: { name: 'metrics', number: 9100 },
  privileges: { securityContext: nonRoot, reason: 'It only reads.' },
  mounts: (layout) => [
    hostFolder(layout, '/sys', { readOnly: true }),
    { name: 'pods', path: `${layout.kubeletDir}/pods`, mountPath: '/pods', purpose: 'volumes' },
  ],
  resources: { requests: { cpu: '1m' } },
};
const agent: Agent = { descriptor, image: 'gauge:1', args: ['--host-root=/host'] };
const placement: AgentPlacement = {
  layout: { hostRoot: '/', kubeletDir: '/var/lib/kubelet', cdiDir: '/var/run/cdi' },
  ...{ nodeSelector: {}, tolerations: undefined, architectures: [], priorityClassName: '' },
  ...{
    imagePullSecrets: [],
    seLinuxType: '',
    updateStrategy: { type: 'RollingUpdate', maxUnavailable: '2' },
  },
};

function built(own: Partial<Agent> = {}, where: Partial<AgentPlacement> = {}) {
  const labels = { app: 'gauge' };
  const identity = { metadata: { name: 'x-gauge', namespace: 'ns', labels }, selector: labels };
  const { spec } = agentDaemonSet(identity, { ...agent, ...own }, { ...placement, ...where });
  const pod = spec?.template.spec;
  return { spec, pod, container: pod?.containers[0] };
}

test('what the descriptor says is in the pod, and the account is called as the DaemonSet', () => {
  const { pod, container } = built();
  expect(container).toMatchObject({
    ...{ name: 'gauge', image: 'gauge:1', resources: { requests: { cpu: '1m' } }, securityContext: nonRoot },
    ports: [{ name: 'metrics', containerPort: 9100 }],
    volumeMounts: [{ name: 'sys', mountPath: '/host/sys', readOnly: true }],
  });
  expect(pod).toMatchObject({
    ...{ serviceAccountName: 'x-gauge', automountServiceAccountToken: false },
    tolerations: [{ operator: 'Exists' }],
    volumes: [{ name: 'sys', hostPath: { path: '/sys', type: 'Directory' } }],
  });
});

test('what somebody says wins: port, resources, taints', () => {
  const tolerations = [{ key: 'own', operator: 'Exists' as const }];
  const resources = { limits: { memory: '1Gi' } };
  const { pod, container } = built({ port: 9999, resources, tolerations }, { tolerations: [] });
  expect(container).toMatchObject({ ports: [{ containerPort: 9999 }], resources });
  expect(pod?.tolerations).toEqual(tolerations);
});

test('taints that are set because of what the agent tells do not keep it away, whatever is said of others', () => {
  const [own, given] = ['own', 'given'].map((key) => ({ key, operator: 'Exists' as const }));
  const described = { descriptor: { ...descriptor, tolerations: own === undefined ? [] : [own] } };
  const { pod } = built(described, { tolerations: given === undefined ? [] : [given] });
  expect(pod?.tolerations).toEqual([given, own]);
});

test('a mount with a purpose comes with the purpose only, from where the node has it', () => {
  const layout = { hostRoot: '/sim/a', kubeletDir: '/data/kubelet', cdiDir: '/var/run/cdi' };
  const paths = (purposes: string[]) =>
    built({ purposes }, { layout }).pod?.volumes?.map(({ hostPath }) => hostPath?.path);
  expect(paths([])).toEqual(['/sim/a/sys']);
  expect(paths(['volumes'])).toEqual(['/sim/a/sys', '/data/kubelet/pods']);
});

test('pods are replaced so many at a time, beside the old ones if the agent allows it, or when the node says so', () => {
  expect(built().spec?.updateStrategy).toEqual({
    type: 'RollingUpdate',
    rollingUpdate: { maxUnavailable: 2 },
  });
  const beside = { descriptor: { ...descriptor, startsBesideOld: true as const } };
  expect(
    built(beside, { updateStrategy: { type: 'RollingUpdate', maxUnavailable: '10%' } }).spec?.updateStrategy,
  ).toEqual({
    ...{ type: 'RollingUpdate', rollingUpdate: { maxSurge: '10%', maxUnavailable: 0 } },
  });
  const updateStrategy = { type: 'OnDelete', maxUnavailable: 1 } as const;
  expect(built({}, { updateStrategy }).spec?.updateStrategy).toEqual({ type: 'OnDelete' });
});

test('an SELinux type confines every agent but privileged ones', () => {
  const options = (securityContext: object) => {
    const privileges = { securityContext, reason: '' };
    return built({ descriptor: { ...descriptor, privileges } }, { seLinuxType: 'container_t' }).pod
      ?.securityContext;
  };
  expect(options(nonRoot)).toHaveProperty('seLinuxOptions', { type: 'container_t' });
  expect(options({ privileged: true })).not.toHaveProperty('seLinuxOptions');
});
