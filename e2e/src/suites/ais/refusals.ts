import { aistoreAuthProfiles, aistores } from '@rackwright/api';
import { apiVersionOf, type KubeObject } from '@rackwright/kube';
import { withAdmissionWebhook } from '../../admission-webhook.ts';
import type { Case } from '../../case.ts';
import { CaseNamespace } from '../../case-namespace.ts';
import { eventually } from '../../observe.ts';
import type { TestEnvironment } from '../../test-environment.ts';
import { clusterObject } from './cluster.ts';

const profile = (spec: object): KubeObject => {
  const metadata = { name: 'wrong' };
  return {
    ...{ apiVersion: apiVersionOf(aistoreAuthProfiles), kind: aistoreAuthProfiles.kind, metadata },
    ...{ spec: { serviceURL: 'https://ais-authn.ais:52001', ...spec } },
  };
};

const exchange = { tokenExchange: {} };
const secret = { name: 'no-such', namespace: 'default' };
const caConfigMapRef = { namespace: 'default', name: 'no-such', key: 'ca.crt' };

/** What is looked up in the cluster before an object is stored, and how whoever sends it reads what is wrong. */
const wrong: readonly { readonly object: KubeObject; readonly names: RegExp }[] = [
  {
    object: clusterObject('wrong', 'any', { stateStorage: { pvc: { storageClass: 'no-such' } } }),
    names: /required storage class 'no-such' not found/,
  },
  {
    object: clusterObject('wrong', 'any', { auth: { profileRef: { name: 'no-such' } } }),
    names: /referenced AIStoreAuthProfile does not exist/,
  },
  { object: clusterObject('wrong', 'any', { size: 0 }), names: /invalid cluster size 0/ },
  {
    object: profile({ usernamePassword: { secret } }),
    names: /spec\.usernamePassword\.secret: Not found: there is no Secret default\/no-such/,
  },
  {
    object: profile({ ...exchange, tls: { caConfigMapRef } }),
    names: /spec\.tls\.caConfigMapRef: Not found: there is no ConfigMap default\/no-such/,
  },
];

export const refusals: Case = {
  name: 'an AIStore or a profile that names what does not exist is refused, and says what is missing',
  only: 'simulated',
  async run(testEnv) {
    await CaseNamespace.use(testEnv, 'refused', async (namespace) => {
      await withAdmissionWebhook(testEnv, namespace, [], async () => {
        for (const { object, names } of wrong)
          await eventually(testEnv, `${names} to be what is read`, async () => {
            const answer = await answerTo(testEnv, object);
            if (!names.test(answer)) throw new Error(answer);
            return true;
          });
      });
    });
  },
};

/** What is said to an object, which is not stored. */
function answerTo({ kube }: TestEnvironment, body: KubeObject): Promise<string> {
  const { apiVersion, kind } = body;
  const plural =
    kind === aistores.kind ? `namespaces/default/${aistores.plural}` : aistoreAuthProfiles.plural;
  return kube.request('POST', `/apis/${apiVersion}/${plural}`, { body, query: { dryRun: 'All' } }).then(
    () => 'it was accepted',
    (error: Error) => error.message,
  );
}
