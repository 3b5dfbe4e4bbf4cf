import {
  Controller,
  controllerOf,
  controllerReference,
  executePlan,
  Informer,
  LeaderElector,
  planApply,
  throwFailure,
} from '@rackwright/controller';
import { aborted, type Clock, Lifetime, type Logger } from '@rackwright/core';
import { type ConfigMap, type KubeClient, type Namespace, resources } from '@rackwright/kube';

const ownerLabels = { 'app.kubernetes.io/managed-by': 'greeter' };

/** What a namespace shall have: pure, and the same for the same input. */
function desired(namespace: Namespace): ConfigMap[] {
  const { name = '', annotations = {} } = namespace.metadata ?? {};
  if (annotations.greeting === undefined) return [];
  const ownerReferences = [controllerReference(namespace, resources.namespaces)];
  return [
    {
      ...{ apiVersion: 'v1', kind: 'ConfigMap', data: { text: annotations.greeting } },
      metadata: { name: 'greeting', namespace: name, labels: ownerLabels, ownerReferences },
    },
  ];
}

/** Keeps a greeting in every namespace that asks for one, until `signal` aborts. */
async function greet(client: KubeClient, clock: Clock, logger: Logger, signal: AbortSignal): Promise<void> {
  const namespaces = new Informer({ client, clock, logger, type: resources.namespaces });
  const greetings = new Informer({
    ...{ client, clock, logger, type: resources.configMaps },
    labelSelector: 'app.kubernetes.io/managed-by=greeter',
    indexes: { namespace: ({ metadata }: ConfigMap) => [metadata?.namespace ?? ''] },
  });
  const controller = new Controller({
    ...{ name: 'greeter', clock, logger },
    sources: [{ informer: namespaces }, { informer: greetings, map: controllerOf(resources.namespaces) }],
    reconcile: async (key, stop) => {
      const namespace = namespaces.get(key);
      if (namespace === undefined) return; // what it owned goes with it
      const live = greetings.byIndex('namespace', key);
      const plan = planApply({ desired: desired(namespace), live, ownerLabels });
      throwFailure(await executePlan(client, plan, { fieldManager: 'greeter', signal: stop }));
    },
  });
  await using lifetime = new Lifetime({ parent: signal, logger });
  for (const part of [namespaces, greetings, controller]) lifetime.spawn(part.name, (end) => part.start(end));
  await aborted(lifetime.signal);
}

/** The same in one of several replicas. */
export async function lead(
  client: KubeClient,
  clock: Clock,
  logger: Logger,
  signal: AbortSignal,
): Promise<void> {
  const identity = crypto.randomUUID();
  const lease = { namespace: 'default', name: 'greeter', identity };
  const elector = new LeaderElector({ client, clock, logger, ...lease });
  await elector.run(signal, (leading) => greet(client, clock, logger, leading));
}
