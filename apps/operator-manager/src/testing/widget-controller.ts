import {
  type Action,
  type ActionOutcome,
  Controller,
  executePlan,
  planApply,
  summarise,
} from '@rackwright/controller';
import { kubernetes } from '@rackwright/keys';
import { type DaemonSet, type KubeObject, resources, resourceType } from '@rackwright/kube';
import {
  type Attempt,
  activeObject,
  addFinalizer,
  type ControllerContext,
  type ControllerRegistration,
  dropFinalizer,
  type InformerView,
  isTerminating,
  type ReconcilePlan,
  Reconciler,
  type ReconcileSteps,
  type Report,
} from '@rackwright/manager';
import type { SharedConfig } from '../options.ts';

/** A kind of its own family: each rolls out one DaemonSet, and only the oldest counts. */
export interface Widget extends KubeObject {
  readonly spec?: { readonly image?: string };
  readonly status?: { readonly conditions?: Parameters<typeof summarise>[0]['previous'] };
}

export const widgets = resourceType<Widget>({
  ...{ group: 'test.rackwright.io', version: 'v1', plural: 'widgets', kind: 'Widget', namespaced: false },
});
export const widgetLabels = { [kubernetes.label.managedBy]: 'widget-operator' };
const common = { type: widgets, fieldManager: 'widget-operator' };
const finalizer = { ...common, name: 'test.rackwright.io/finalizer' };

interface Snapshot {
  readonly widget: Widget | undefined;
  readonly active: Widget | undefined;
  readonly daemonSets: readonly DaemonSet[];
}

interface Plan extends ReconcilePlan {
  readonly finalizer: 'add' | 'drop' | 'keep';
}

class WidgetSteps implements ReconcileSteps<Snapshot, Plan> {
  readonly type = widgets;
  readonly fieldManager = common.fieldManager;
  readonly logField = 'widget';
  readonly #context: ControllerContext<SharedConfig>;
  readonly #widgets: InformerView<Widget>;
  readonly #daemonSets: InformerView<DaemonSet>;

  constructor(
    context: ControllerContext<SharedConfig>,
    widgetView: InformerView<Widget>,
    daemonSets: InformerView<DaemonSet>,
  ) {
    this.#context = context;
    this.#widgets = widgetView;
    this.#daemonSets = daemonSets;
  }

  takeSnapshot(name: string): Snapshot {
    return {
      widget: this.#widgets.get(name),
      active: activeObject(this.#widgets.list()),
      daemonSets: this.#daemonSets.byIndex('widget', name),
    };
  }

  objectOf({ widget }: Snapshot): Widget | undefined {
    return widget;
  }

  plan({ widget, active, daemonSets: live }: Snapshot): Plan {
    const hasFinalizer = widget?.metadata?.finalizers?.includes(finalizer.name) === true;
    const wanted = widget !== undefined && widget === active ? [this.#daemonSet(widget)] : [];
    const actions: Action[] = planApply({ desired: wanted, live, ownerLabels: widgetLabels });
    if (widget === undefined || !isTerminating(widget))
      return { actions, finalizer: hasFinalizer || widget === undefined ? 'keep' : 'add' };
    return { actions, finalizer: live.length === 0 && hasFinalizer ? 'drop' : 'keep' };
  }

  async carryOut({ widget }: Snapshot, plan: Plan, signal: AbortSignal): Promise<readonly ActionOutcome[]> {
    const { client } = this.#context;
    if (widget !== undefined && plan.finalizer === 'add')
      await addFinalizer(client, widget, finalizer, signal);
    const outcomes = await executePlan(client, plan.actions, { ...common, signal });
    if (widget !== undefined && plan.finalizer === 'drop')
      await dropFinalizer(client, widget, finalizer, signal);
    return outcomes;
  }

  report({ widget, active }: Snapshot, plan: Plan, { failure }: Attempt): Promise<Report | undefined> {
    if (widget === undefined || plan.finalizer === 'drop') return Promise.resolve(undefined);
    const conditions = summarise({
      generation: widget.metadata?.generation ?? 0,
      outcome:
        widget === active || isTerminating(widget)
          ? { state: failure === undefined ? 'done' : 'failed' }
          : { state: 'stalled', reason: 'AnotherIsActive' },
      previous: widget.status?.conditions ?? [],
      now: this.#context.clock.now(),
    });
    return Promise.resolve({ status: { conditions }, events: [] });
  }

  #daemonSet({ metadata, spec }: Widget): DaemonSet {
    const { namespace } = this.#context.config;
    const labels = { ...widgetLabels, [kubernetes.label.instance]: metadata?.name ?? '' };
    const container = { name: 'widget', image: spec?.image ?? 'widget:1' };
    return {
      ...{ apiVersion: 'apps/v1', kind: 'DaemonSet' },
      metadata: { name: `widget-${metadata?.name}`, namespace, labels },
      spec: {
        selector: { matchLabels: labels },
        template: { metadata: { labels }, spec: { containers: [container] } },
      },
    };
  }
}

const widgetOf = ({ metadata }: KubeObject): string[] => {
  const name = metadata?.labels?.[kubernetes.label.instance];
  return name === undefined ? [] : [name];
};

/** All that a controller of another family needs: this, and its name in a list. */
export const widgetController: ControllerRegistration<SharedConfig> = {
  options: {},
  crds: [],
  build: (context) => {
    const objects = context.informers.watch({ type: widgets });
    const daemonSets = context.informers.watch({
      ...{ type: resources.daemonSets, indexes: { widget: widgetOf } },
      labelSelector: `${kubernetes.label.managedBy}=widget-operator`,
    });
    const reconciler = new Reconciler(new WidgetSteps(context, objects, daemonSets), context);
    const controller = new Controller({
      ...context,
      name: 'widget',
      reconcile: (key, signal) => reconciler.reconcile(key, signal),
      sources: [
        { informer: objects, map: () => objects.list().map(({ metadata }) => metadata?.name ?? '') },
        { informer: daemonSets, map: widgetOf },
      ],
    });
    return { led: [controller] };
  },
};

/** The CustomResourceDefinition of Widgets. */
export const widgetCrd = {
  ...{ apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition' },
  metadata: { name: 'widgets.test.rackwright.io' },
  spec: {
    ...{ group: widgets.group, scope: 'Cluster' as const },
    names: { plural: 'widgets', singular: 'widget', kind: 'Widget', listKind: 'WidgetList' },
    versions: [
      {
        ...{ name: 'v1', served: true, storage: true, subresources: { status: {} } },
        schema: {
          openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
        },
      },
    ],
  },
};
