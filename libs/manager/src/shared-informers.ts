import { type Indexers, Informer, type InformerOptions } from '@rackwright/controller';
import { HwError } from '@rackwright/core';
import { type KubeObject, type ResourceType, resourceName } from '@rackwright/kube';
import { InformerView } from './informer-view.ts';
import { labelMatcher, unitedSelector } from './label-selector.ts';

/** What a controller wants to see. */
export interface WatchRequest<T extends KubeObject> {
  readonly type: ResourceType<T>;
  /** Where the process watches, when absent. */
  readonly namespace?: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  /** Keeps what is needed of each object. Watches with different ones are not shared. */
  trim?(raw: T): T;
  readonly indexes?: Indexers<T>;
}

/** One watch of the API server, and who looks at it. */
interface Watch {
  readonly request: WatchRequest<KubeObject>;
  /** What all its views select; empty for everything. */
  labelSelector: string;
  readonly views: InformerView<KubeObject>[];
}

type Common = Pick<InformerOptions<KubeObject>, 'client' | 'clock' | 'logger' | 'metrics'> & {
  /**
   * Namespaces that are watched, each on its own, so that Roles in them are enough; all of them in one watch
   * when empty. What is in no namespace is watched all the same.
   */
  readonly namespaces?: readonly string[] | undefined;
};

/**
 * The caches of all controllers of a process. Those that want the same kind share
 * one watch and one copy of each object, also when they select different values
 * of one label: the watch selects all of them, and each sees its own.
 */
export class SharedInformers {
  readonly #common: Common;
  readonly #watches: Watch[] = [];
  #opened: readonly Informer<KubeObject>[] | undefined;

  constructor(common: Common) {
    this.#common = common;
  }

  /**
   * What `request` selects, empty until the informers run.
   *
   * @throws HwError FailedPrecondition once the informers were opened
   */
  watch<T extends KubeObject>(request: WatchRequest<T>): InformerView<T> {
    if (this.#opened !== undefined)
      throw new HwError(
        'FailedPrecondition',
        `${request.type.plural}: watches are declared before they begin`,
      );
    const labels = labelMatcher(request.labelSelector ?? '');
    const view = new InformerView<T>({
      // What is not understood here is never shared: the API server has selected already.
      matches: ({ metadata }) => labels?.(metadata?.labels ?? {}) ?? true,
      ...(request.indexes === undefined ? {} : { indexes: request.indexes }),
      logger: this.#common.logger.child({ view: request.type.plural }),
    });
    this.#add(request as unknown as WatchRequest<KubeObject>, view as unknown as InformerView<KubeObject>);
    return view;
  }

  /** The informers behind all views, to be started. Nothing more can be watched afterwards. */
  open(): readonly Informer<KubeObject>[] {
    this.#opened ??= this.#confined().map((watch, i, all) => this.#informerOf(watch, all.slice(0, i)));
    return this.#opened;
  }

  /** The watches, those of all namespaces taken apart where only some are watched. */
  #confined(): Watch[] {
    const { namespaces = [] } = this.#common;
    return this.#watches.flatMap((watch) => {
      const { request } = watch;
      if (namespaces.length === 0 || request.namespace !== undefined || !request.type.namespaced)
        return watch;
      return namespaces.map((namespace) => ({ ...watch, request: { ...request, namespace } }));
    });
  }

  #add(request: WatchRequest<KubeObject>, view: InformerView<KubeObject>): void {
    const { labelSelector = '' } = request;
    for (const watch of this.#watches) {
      const united = isSameCollection(watch.request, request)
        ? unitedSelector(watch.labelSelector, labelSelector)
        : undefined;
      if (united === undefined) continue;
      watch.labelSelector = united;
      watch.views.push(view);
      return;
    }
    this.#watches.push({ request, labelSelector, views: [view] });
  }

  #informerOf({ request, labelSelector, views }: Watch, earlier: readonly Watch[]): Informer<KubeObject> {
    const { type, namespace, fieldSelector, trim } = request;
    const { namespaces: _, ...common } = this.#common;
    const informer = new Informer({
      ...{ ...common, type },
      ...(namespace === undefined ? {} : { namespace }),
      ...(labelSelector === '' ? {} : { labelSelector }),
      ...(fieldSelector === undefined ? {} : { fieldSelector }),
      ...(trim === undefined ? {} : { trim }),
      ...qualifierOf({ ...request, labelSelector }, earlier),
    });
    for (const view of views) view.follow(informer);
    return informer;
  }
}

/** Tells a further cache of a kind from the first, in metrics and readiness. */
function qualifierOf(
  { type, namespace, labelSelector, fieldSelector }: WatchRequest<KubeObject>,
  earlier: readonly Watch[],
): { qualifier?: string } {
  const others = earlier.filter(({ request }) => resourceName(request.type) === resourceName(type)).length;
  if (others === 0) return {};
  const selection = [namespace, labelSelector, fieldSelector].filter(
    (part) => part !== undefined && part !== '',
  );
  return { qualifier: selection.length === 0 ? `${others + 1}` : selection.join(' ') };
}

/** Whether two watches differ in nothing but the labels they select. */
function isSameCollection(a: WatchRequest<KubeObject>, b: WatchRequest<KubeObject>): boolean {
  return (
    resourceName(a.type) === resourceName(b.type) &&
    a.type.version === b.type.version &&
    a.namespace === b.namespace &&
    a.fieldSelector === b.fieldSelector &&
    a.trim === b.trim
  );
}
