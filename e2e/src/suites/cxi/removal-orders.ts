import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { cxiDrivers } from '@rackwright/api';
import { cxi } from '@rackwright/keys';
import { type Job, type KubeObject, resources } from '@rackwright/kube';
import { parseAllDocuments } from 'yaml';
import type { Case } from '../../case.ts';
import { expectEqual, expectThat } from '../../expect.ts';
import { componentPods, eventually } from '../../observe.ts';
import type { TestEnvironment } from '../../test-environment.ts';
import {
  deleteAllAtOnce,
  expectNothingLeft,
  installed,
  operatorCommand,
  operatorImage,
  ready,
  uninstall,
  upgrade,
} from './removal-environment.ts';

const removalManifest = fileURLToPath(new URL('../../../../config/removal/removal.yaml', import.meta.url));

/** What happens to an installation when things go in another order than they should. Each ends with nothing left. */
export const removalOrders: readonly Case[] = [
  {
    name: 'helm uninstall with the operator scaled to 0 takes everything away all the same',
    deadlineMs: 300_000,
    only: 'simulated',
    async run(testEnv) {
      await installed(testEnv);
      const image = await operatorImage(testEnv);
      const scale = ['scale', 'deployment/rackwright-operator-manager', '--replicas=0'];
      const scaled = await testEnv.kubectl(...scale, '--namespace', testEnv.namespace);
      expectEqual(`kubectl scale: ${scaled.stderr}`, scaled.code, 0);
      const outcome = await uninstall(testEnv);
      expectEqual(`helm uninstall: ${outcome.stdout}${outcome.stderr}`, outcome.code, 0);
      await expectNothingLeft(testEnv, image);
    },
  },
  {
    name: 'helm uninstall with a CXIDriver made by hand is refused with the remedy, and nothing is touched; it is removed where the values say so',
    deadlineMs: 400_000,
    only: 'simulated',
    async run(testEnv) {
      // The CXIDriver of a release that is there would still be on its way out.
      await uninstall(testEnv);
      await installed(testEnv, 'cxi.driver.create=false');
      const image = await operatorImage(testEnv);
      const kind = { apiVersion: 'cxi.hpe.com/v1', kind: 'CXIDriver', metadata: { name: testEnv.driver } };
      const spec = { version: '13.0.0', updateStrategy: { maxUnavailable: '100%' } };
      await testEnv.kube.apply(cxiDrivers, { ...kind, ...({ spec } as object) } as never, {
        fieldManager: 'e2e',
      });
      await ready(testEnv, testEnv.driver);
      const before = await agentPods(testEnv);
      const refused = await uninstall(testEnv);
      const said = refused.stdout + refused.stderr;
      expectThat('the uninstall is refused', refused.code !== 0, said);
      expectThat('Helm shows what to do', said.includes(`kubectl delete cxidriver ${testEnv.driver}`), said);
      // Helm counts a release whose uninstall was refused as not deployed.
      const back = await testEnv.helm('rollback', 'rackwright', '1', '--namespace', testEnv.namespace);
      expectEqual(`helm rollback: ${back.stderr}`, back.code, 0);
      expectEqual('pods of the agents', await agentPods(testEnv), before);
      await upgrade(testEnv, 'cxi.driver.create=false', 'cxi.cleanup.foreignDrivers=remove');
      const outcome = await uninstall(testEnv);
      expectEqual(`helm uninstall: ${outcome.stdout}${outcome.stderr}`, outcome.code, 0);
      await expectNothingLeft(testEnv, image);
    },
  },
  {
    name: 'everything deleted at once: what is left is named, and a second helm upgrade brings everything back',
    deadlineMs: 500_000,
    only: 'simulated',
    // apps/operator-manager/src/removal/remove.apiserver.test.ts sees the steps.
    long: true,
    async run(testEnv) {
      await installed(testEnv);
      const image = await operatorImage(testEnv);
      const handlers = await componentPods(testEnv, cxi.component.retryHandler);
      await deleteAllAtOnce(testEnv);
      const { code, text } = await operatorCommand(testEnv, image, 'leftovers');
      expectEqual('exit code of leftovers', code, 1);
      for (const line of [
        new RegExp(`CXIDriver +${testEnv.driver} +being deleted since .*, held by cxi.hpe.com/finalizer`),
        new RegExp(`DaemonSet +${testEnv.namespace}/${testEnv.driver}-retry-handler`),
        /CXIDevice +\S+-cxi0/,
        /Node +\S+ +label .*slingshot\.hpe\.com\/cxi-present/,
        /What to do: operator-manager remove --all/,
      ]) {
        expectThat(`leftovers names ${line}`, line.test(text), text);
      }
      expectEqual(
        'retry handlers go on',
        (await componentPods(testEnv, cxi.component.retryHandler)).length,
        handlers.length,
      );
      await upgrade(testEnv);
      await ready(testEnv, testEnv.driver);
      const { metadata } = await testEnv.kube.get(cxiDrivers, { name: testEnv.driver });
      expectEqual('its deletion', metadata?.deletionTimestamp, undefined);
      expectEqual('helm uninstall', (await uninstall(testEnv)).code, 0);
      await expectNothingLeft(testEnv, image);
    },
  },
  {
    name: 'the namespace deleted with the release in it: kubectl apply -k config/removal finishes it, and it can be installed again',
    deadlineMs: 500_000,
    only: 'simulated',
    // apps/operator-manager/src/removal/remove.apiserver.test.ts sees the steps.
    long: true,
    async run(testEnv) {
      await installed(testEnv);
      const image = await operatorImage(testEnv);
      const gone = await testEnv.kubectl('delete', 'namespace', testEnv.namespace, '--timeout=120s');
      expectEqual(`kubectl delete namespace: ${gone.stderr}`, gone.code, 0);
      await testEnv.kubectl('delete', 'cxidriver', testEnv.driver, '--wait=false');
      await applyRemoval(testEnv, image);
      await eventually(testEnv, 'the removal to be complete', async () => {
        const { items } = await testEnv.kube.list(resources.jobs, { namespace: 'default' });
        return items.some(({ status }) => status?.conditions?.some(({ type }) => type === 'Complete'));
      });
      const deleted = await testEnv.kubectl('delete', '--filename', removalManifest);
      expectEqual(`kubectl delete: ${deleted.stderr}`, deleted.code, 0);
      // The cluster-scoped objects of the release are still there, as Helm does not know of the deletion.
      const { text } = await operatorCommand(testEnv, image, 'leftovers');
      expectThat('cluster roles are named', /ClusterRole +rackwright-operator-manager$/m.test(text), text);
      await installed(testEnv);
      expectEqual('helm uninstall', (await uninstall(testEnv)).code, 0);
      await expectNothingLeft(testEnv, image);
    },
  },
];

async function agentPods(testEnv: TestEnvironment): Promise<string[]> {
  const pods = await Promise.all(
    Object.values(cxi.component).map((component) => componentPods(testEnv, component)),
  );
  return pods
    .flat()
    .map(({ metadata }) => `${metadata?.name} ${metadata?.uid}`)
    .sort();
}

/** config/removal with the image and the nodes of this environment. */
async function applyRemoval(testEnv: TestEnvironment, image: string): Promise<void> {
  const documents = parseAllDocuments(await readFile(removalManifest, 'utf8'));
  const objects = documents.map((document) => document.toJS() as KubeObject);
  const text = objects.map((object) =>
    JSON.stringify(object.kind === 'Job' ? inEnvironment(object as Job, image) : object),
  );
  const outcome = await testEnv.kubectlWithInput(text.join('\n---\n'), 'apply', '--filename', '-');
  expectEqual(`kubectl apply: ${outcome.stderr}`, outcome.code, 0);
}

function inEnvironment(job: Job, image: string): Job {
  const pod = job.spec?.template.spec;
  const [container] = pod?.containers ?? [];
  if (container !== undefined) container.image = image;
  delete pod?.nodeSelector;
  return job;
}
