import type { ControllerMetrics } from '@rackwright/controller';
import type { Clock, Latest, Logger, Runnable } from '@rackwright/core';
import type { CustomResourceDefinition, EventRecorder, KubeClient } from '@rackwright/kube';
import type { OptionSpecs, ServiceContext } from '@rackwright/service';
import type { ActiveState } from './active-state.ts';
import type { SharedInformers } from './shared-informers.ts';

/** What a controller is built from. */
export interface ControllerContext<C> {
  /** The app's configuration. */
  readonly config: C;
  /** Version of the app. */
  readonly version: string;
  /** What it writes passes only while this replica leads. */
  readonly client: KubeClient;
  /** Where it declares what it wants to see. */
  readonly informers: SharedInformers;
  /** For what the leader tells. */
  readonly events: EventRecorder;
  /** For what any replica tells. */
  readonly notices: EventRecorder;
  /** What the CRDs of the cluster lack of this version; undefined when they lack nothing. */
  readonly crdShortfall: Latest<string | undefined>;
  readonly metrics: ControllerMetrics;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Aborts when the process stops. */
  readonly signal: AbortSignal;
}

/** The process that servers of a controller are in. */
export type ServedProcess = Pick<ServiceContext<unknown>, 'env' | 'metrics'>;

/** A controller and what belongs to it. Nothing runs before the manager starts it. */
export interface ControllerParts {
  /** What the leader runs: the controller, and what it needs beside it. */
  readonly led: readonly Runnable[];
  /** What every replica runs. */
  readonly always?: readonly Runnable[];
  /** Whether this installation may act; shown in the readiness under `name`. Absent when nothing forbids it. */
  readonly activeState?: { readonly name: string; readonly value: Latest<ActiveState> };
}

/** A controller that is asked things. */
export interface ServingParts extends ControllerParts {
  /** What every replica serves for it beside probes and metrics, with a client whose requests do not depend on the lead. */
  readonly servers?: (process: ServedProcess, client: KubeClient) => readonly Runnable[];
}

/** One line in the list of an app's controllers. */
export interface ControllerRegistration<C, O extends OptionSpecs = Record<never, never>> {
  /** Flags it has beside those of every controller of its app. */
  readonly options: O;
  /** Runs only where `--controllers` names it: manifests of before it was there name none. */
  readonly onlyIfNamed?: true;
  /** The CRDs it needs, compared with those of the cluster. */
  readonly crds: readonly CustomResourceDefinition[];
  readonly build: (context: ControllerContext<C>) => ServingParts | Promise<ServingParts>;
}
