import { errorMessage } from '@rackwright/core';
import { isKubeError, type KubeObject, resources } from '@rackwright/kube';
import { withAdmissionWebhook } from '../../admission-webhook.ts';
import type { Case } from '../../case.ts';
import { CaseNamespace } from '../../case-namespace.ts';
import { expectEqual, expectThat } from '../../expect.ts';
import { eventually } from '../../observe.ts';
import type { TestEnvironment } from '../../test-environment.ts';

const allowed = 'ghcr.io/rackwright/';

export const admission: readonly Case[] = [
  {
    name: 'a CXIDriver is refused with the name of its field, by the webhook behind its Service',
    async run(testEnv, record) {
      await CaseNamespace.use(testEnv, 'admission', async (namespace) => {
        await namespace.kubectl(
          ...['label', 'namespace', namespace.name, 'pod-security.kubernetes.io/enforce=restricted'],
        );
        await withAdmissionWebhook(testEnv, namespace, [`allowedImages={${allowed}}`], async () => {
          await refusesAndAccepts(testEnv);
          record('a replica deleted under requests', await failuresWhileReplicaGoes(testEnv, namespace));
        });
        expectEqual('what is asked after the uninstall', await answerTo(testEnv, bad), 'accepted');
      });
    },
  },
];

const bad = driver({ version: '13.0.0', driverAgent: { image: 'docker.io/evil/agent:1' } });
const good = driver({ version: '13.0.0' });

function driver(spec: object): KubeObject {
  const object = { spec };
  return { apiVersion: 'cxi.hpe.com/v1', kind: 'CXIDriver', metadata: { name: 'asked' }, ...object };
}

async function refusesAndAccepts(testEnv: TestEnvironment): Promise<void> {
  const refused = await eventually(testEnv, 'a CXIDriver to be refused', async () => {
    const answer = await answerTo(testEnv, bad);
    return answer === 'accepted' ? undefined : answer;
  });
  expectThat(
    'the webhook refuses, naming the field',
    refused.includes('validate-cxidriver.slingshot.hpe.com') &&
      refused.includes('spec.driverAgent.image is not among the images this cluster allows'),
    refused,
  );
  expectEqual('a good CXIDriver', await answerTo(testEnv, good), 'accepted');
}

/** What an API server says to an object, which is not stored. */
async function answerTo(testEnv: TestEnvironment, body: KubeObject): Promise<string> {
  try {
    await testEnv.kube.request('POST', '/apis/cxi.hpe.com/v1/cxidrivers', { query: { dryRun: 'All' }, body });
    return 'accepted';
  } catch (error) {
    if (!isKubeError(error)) throw error;
    return errorMessage(error);
  }
}

/** How many requests fail while one of two replicas is deleted and another takes its place. */
async function failuresWhileReplicaGoes(testEnv: TestEnvironment, namespace: CaseNamespace): Promise<number> {
  const { items } = await testEnv.kube.list(resources.pods, { namespace: namespace.name });
  const [replica] = items;
  const key = { namespace: namespace.name, name: replica?.metadata?.name ?? '' };
  await testEnv.kube.delete(resources.pods, key);
  const failures: string[] = [];
  await eventually(testEnv, 'the replica to be gone', async () => {
    const answer = await answerTo(testEnv, good);
    if (answer !== 'accepted') failures.push(answer);
    const left = await testEnv.kube.list(resources.pods, { namespace: key.namespace });
    return left.items.every(({ metadata }) => metadata?.name !== key.name);
  });
  expectEqual('requests that failed', failures, []);
  return failures.length;
}
