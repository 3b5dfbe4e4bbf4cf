import { cxi } from '@rackwright/keys';
import { type PodSpec, resources } from '@rackwright/kube';
import type { Case } from '../../case.ts';
import { CaseNamespace } from '../../case-namespace.ts';
import { expectEqual, expectThat } from '../../expect.ts';
import { aNicNode, eventually } from '../../observe.ts';
import type { TestEnvironment } from '../../test-environment.ts';
import { workloadPod } from '../../workload.ts';

const level = 'pod-security.kubernetes.io/enforce';

/** Names of the workloads whose pods a namespace that enforces `enforce` refuses, asked of the API server. */
async function refused(testEnv: TestEnvironment, enforce: 'baseline' | 'restricted'): Promise<string[]> {
  return enforcing(testEnv, enforce, async ({ name }) => {
    const { items } = await testEnv.kube.list(resources.pods, { namespace: testEnv.namespace });
    const answers = items.map(async (pod) => {
      const { serviceAccountName: _, nodeName: __, ...spec } = pod.spec ?? { containers: [] };
      const metadata = { name: pod.metadata?.name ?? '', namespace: name };
      const body = { apiVersion: 'v1', kind: 'Pod', metadata, spec: withoutToken(spec) };
      const answer = await testEnv.kube
        .request('POST', `/api/v1/namespaces/${name}/pods?dryRun=All`, { body })
        .then(
          () => '',
          (error: Error) => error.message,
        );
      expectThat(`${metadata.name} is refused for its security only`, /^$|PodSecurity/.test(answer), answer);
      return answer === '' ? [] : [pod.metadata?.ownerReferences?.[0]?.name ?? metadata.name];
    });
    return [...new Set((await Promise.all(answers)).flat())].sort();
  });
}

/** Admission has added a token of the pod's own account, which the other namespace lacks. */
function withoutToken(spec: PodSpec): PodSpec {
  const isToken = ({ name }: { readonly name: string }): boolean => name.startsWith('kube-api-access-');
  return {
    ...spec,
    // Written beside its newer name by the API server, and checked against it.
    ...{ serviceAccount: undefined },
    volumes: (spec.volumes ?? []).filter((volume) => !isToken(volume)),
    containers: spec.containers.map((container) => ({
      ...container,
      volumeMounts: (container.volumeMounts ?? []).filter((mount) => !isToken(mount)),
    })),
  };
}

/** Runs `use` with a namespace that enforces a level. */
function enforcing<T>(
  testEnv: TestEnvironment,
  enforce: 'baseline' | 'restricted',
  use: (namespace: CaseNamespace) => Promise<T>,
): Promise<T> {
  return CaseNamespace.use(testEnv, enforce, async (namespace) => {
    const { code, stderr } = await namespace.kubectl(
      'label',
      'namespace',
      namespace.name,
      `${level}=${enforce}`,
    );
    expectEqual(`kubectl label: ${stderr}`, code, 0);
    return use(namespace);
  });
}

/** The pod as a cautious user writes it. */
function cautiousPod(namespace: string, node: string) {
  const name = 'cautious';
  const pod = workloadPod({
    ...{ name, resource: cxi.resource.cxi, count: 1, node },
    // Only opening it asks the control group of devices, which reading its mode does not.
    script: '(exec 3<>"/dev/$CXI_DEVICE" && echo opened) 2>&1; exec sleep 3600',
  });
  const [container] = pod.spec.containers;
  return {
    ...pod,
    metadata: { ...pod.metadata, namespace },
    spec: {
      ...pod.spec,
      securityContext: {
        runAsNonRoot: true,
        runAsUser: 1000,
        seccompProfile: { type: 'RuntimeDefault' as const },
      },
      containers: container === undefined ? [] : [{ ...container, securityContext: cautious }],
    },
  };
}

const cautious = {
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  capabilities: { drop: ['ALL'] },
};

export const podSecurity: readonly Case[] = [
  {
    name: 'only the agents need a privileged namespace: the operator fits the restricted level',
    async run(testEnv) {
      const { items } = await testEnv.kube.list(resources.daemonSets, { namespace: testEnv.namespace });
      const expected = items.map(({ metadata }) => metadata?.name ?? '').sort();
      const ours = Object.values(cxi.component).map((component) => `${testEnv.driver}-${component}`);
      expectThat(
        'the agents of NICs are among them',
        ours.every((name) => expected.includes(name)),
        expected,
      );
      for (const enforce of ['baseline', 'restricted'] as const) {
        expectEqual(`pods that break ${enforce}`, await refused(testEnv, enforce), expected);
      }
    },
  },
  {
    name: 'a pod of a namespace that enforces the restricted level gets a NIC it may open',
    only: 'node',
    async run(testEnv) {
      const node = aNicNode(testEnv);
      await enforcing(testEnv, 'restricted', async (namespace) => {
        await testEnv.kube.create(resources.pods, cautiousPod(namespace.name, node.name));
        const said = await eventually(testEnv, 'the pod to open its NIC', async () => {
          const { stdout } = await namespace.kubectl('logs', 'cautious');
          return stdout.trim() || false;
        });
        // ENXIO: it got as far as the driver, which a simulated NIC has not; EPERM and EACCES would come before.
        const reached = /\/dev\/cxi\d+: No such device or address/.test(said);
        expectThat('nothing but the driver is missing', reached, said);
      });
    },
  },
];
