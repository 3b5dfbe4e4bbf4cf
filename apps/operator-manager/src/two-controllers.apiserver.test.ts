import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { rackwright } from '@rackwright/keys';
import { type CustomResourceDefinition, ignoreNotFound, resources } from '@rackwright/kube';
import { controllerOptions, runManager } from '@rackwright/manager';
import { defineOptions, runService, type ServiceSpec } from '@rackwright/service';
import { type AuditEvent, freePort, serviceAccountUser } from '@rackwright/testbed/without-nodes';
import { controllers } from './controllers.ts';
import { operatorManager } from './manager.ts';
import type { OperatorConfig } from './manager-options.ts';
import { sharedOptions } from './options.ts';
import { namespace, OperatorEnvironment } from './testing/operator-environment.ts';
import { accountOf } from './testing/operator-process.ts';
import { FakeProcess, podEnvironment } from './testing/replica.ts';
import { type Widget, widgetController, widgetCrd, widgets } from './testing/widget-controller.ts';

const both = { ...controllers, widget: widgetController };
const options = defineOptions({ ...sharedOptions, ...controllerOptions(both) });

/** The operator with a controller of another family: a line in its list. */
const service: ServiceSpec<typeof options> = {
  ...{ name: 'operator-manager', version: '1.2.3', description: 'Two families.', options },
  start: (context) => {
    return runManager<OperatorConfig>(context, { ...operatorManager, controllers: both });
  },
};

let testEnv: OperatorEnvironment;

beforeAll(async () => {
  testEnv = await OperatorEnvironment.start(false);
  await testEnv.admin.create(resources.customResourceDefinitions, widgetCrd as CustomResourceDefinition);
  await testEnv.plane.untilCrdsServed();
}, 120_000);

afterAll(() => testEnv?.[Symbol.asyncDispose]());

/** Runs the operator under an account of its own while `work` goes on. */
async function whileRunning(
  name: string,
  argv: readonly string[],
  work: (health: string) => Promise<void>,
  isReady: (answer: Response) => boolean = ({ ok }) => ok,
) {
  const env = await podEnvironment(join(testEnv.plane.folder, name), await accountOf(testEnv, name));
  const port = await freePort();
  const self = new FakeProcess(
    [...argv, '--service-account=slingshot-operator', `--health-probe-bind-address=:${port}`],
    env,
  );
  const exit = runService(service, self);
  const health = `http://127.0.0.1:${port}/readyz?verbose`;
  await testEnv.until('the operator to be ready', async () => isReady(await fetch(health)));
  await work(health);
  self.emit('SIGTERM', 'SIGTERM');
  expect(await exit).toBe(0);
}

/** What the API server was asked for DaemonSets by an account, one entry for each request. */
async function requests(name: string, verb: string, resource: string): Promise<AuditEvent[]> {
  const user = serviceAccountUser({ namespace, name });
  const events = await testEnv.plane.auditEvents({ user: (one) => one === user });
  const found = events.filter((event) => event.verb === verb && event.resource === resource);
  return [...new Map(found.map((event) => [event.id, event])).values()];
}

async function widget(name: string, image: string): Promise<void> {
  const kind = { apiVersion: 'test.rackwright.io/v1', kind: 'Widget' };
  await testEnv.admin.create(widgets, { ...kind, metadata: { name }, spec: { image } } as Widget);
}

async function ready(name: string): Promise<string> {
  const { status } = await testEnv.admin.get(widgets, { name });
  const condition = status?.conditions?.find(({ type }) => type === 'Ready');
  return `${condition?.status} ${condition?.reason}`;
}

test('two controllers of one process roll out their own, and follow DaemonSets with one watch', async () => {
  await whileRunning('both', [], async () => {
    await testEnv.createDriver('cxi', { version: '13.0.0' });
    await widget('first', 'widget:1');
    await testEnv.until('both families', async () => (await testEnv.daemonSets()).length === 5);
    expect(await testEnv.daemonSets()).toContain('widget-first');
    await testEnv.until('the widget to be ready', async () => (await ready('first')).startsWith('True'));

    // Each repairs its own, so each sees it through the watch they share.
    for (const name of ['widget-first', 'cxi-device-plugin']) {
      const { metadata } = await testEnv.daemonSet(name);
      await testEnv.admin.delete(resources.daemonSets, { namespace, name });
      await testEnv.until(`another ${name}`, async () => {
        const found = await ignoreNotFound(testEnv.daemonSet(name));
        return found !== undefined && found.metadata?.uid !== metadata?.uid;
      });
    }
  });
  expect(await requests('both', 'watch', 'daemonsets')).toHaveLength(1);
  expect(await requests('both', 'list', 'daemonsets')).toHaveLength(1);
}, 60_000);

test('only the oldest of a kind counts, its successor takes over, and the last loses its finalizer when all is gone', async () => {
  await whileRunning('singleton', ['--controllers=widget'], async (health) => {
    await widget('second', 'widget:2');
    await testEnv.until('the second to wait', async () =>
      (await ready('second')).includes('AnotherIsActive'),
    );
    expect(await (await fetch(health)).text()).not.toContain('cxidrivers');
    await testEnv.admin.delete(widgets, { name: 'first' });
    await testEnv.endPods('widget-first');
    await testEnv.until('the second to take over', async () =>
      (await testEnv.daemonSets()).includes('widget-second'),
    );
    await testEnv.until('the first to be gone', async () => {
      const { items } = await testEnv.admin.list(widgets);
      return items.every(({ metadata }) => metadata?.name !== 'first');
    });
  });
  // What was not picked did not run.
  for (const resource of ['cxidrivers', 'serviceaccounts'])
    expect(await requests('singleton', 'watch', resource)).toEqual([]);
});

test('with nothing to do neither writes', async () => {
  await testEnv.until('the widget to be settled', async () => (await ready('second')).startsWith('True'));
  const port = await freePort();
  await whileRunning('idle', [`--metrics-bind-address=:${port}`], async () => {
    const { reconciles, queueDepth } = rackwright.controllerMetric;
    await testEnv.until('both to have looked at everything', async () => {
      const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
      return ['cxidriver', 'widget'].every(
        (name) =>
          new RegExp(`^${reconciles}\\{controller="${name}",outcome="\\w+"\\} [1-9]`, 'm').test(text) &&
          text.includes(`${queueDepth}{controller="${name}"} 0`),
      );
    });
  });
  for (const verb of ['create', 'patch', 'update', 'delete']) {
    for (const resource of ['daemonsets', 'widgets', 'clusterrolebindings'])
      expect(await requests('idle', verb, resource)).toEqual([]);
  }
});

test('a controller that stands by for another installation keeps no other from working', async () => {
  await testEnv.admin.create(resources.serviceAccounts, {
    metadata: { name: 'other', namespace: 'default' },
  });
  await testEnv.patchDriver('cxi', {
    metadata: { annotations: { [rackwright.annotation.operator]: 'default/other' } },
  });
  const isHalfReady = ({ status }: Response): boolean => status === 503;
  await whileRunning(
    'half',
    ['--leader-elect'],
    async (health) => {
      await testEnv.admin.patch(
        widgets,
        { name: 'second' },
        { spec: { image: 'widget:3' } },
        { strategy: 'merge' },
      );
      await testEnv.until('the widget to be rolled out', async () => {
        const { spec } = await testEnv.daemonSet('widget-second');
        return spec?.template.spec?.containers[0]?.image === 'widget:3';
      });
      expect(await (await fetch(health)).text()).toMatch(/\[-\] exclusivity failed.*default\/other/);
    },
    isHalfReady,
  );
  const written = await requests('half', 'patch', 'daemonsets');
  expect(written.map(({ name }) => name)).toEqual(['widget-second']);
});
