import { Controller, type ControllerSource } from '@rackwright/controller';
import type { Runnable } from '@rackwright/core';
import { kubernetes } from '@rackwright/keys';
import { type DaemonSet, type KubeObject, type ResourceType, resources } from '@rackwright/kube';
import { type InformerView, Reconciler } from '@rackwright/manager';
import { Accounts } from '../claim/accounts.ts';
import type { ClaimedKind } from '../claim/claimed-kind.ts';
import { Claims } from '../claim/claims.ts';
import { Exclusivity } from '../claim/exclusivity.ts';
import type { PmemControllerOptions } from './controller.ts';
import type { ControllerWorkload } from './controller-state.ts';
import type { DriverKind, DriverObject } from './driver-kind.ts';
import { nameOf } from './manifests/identity.ts';
import { byInstance, type DriverSnapshot, instanceOf, type OwnedCaches } from './snapshot.ts';
import { DeploymentSteps, type DriverSteps } from './steps.ts';

/** The controller of one kind, and what sees to it that one installation looks after the kind. */
export interface DriverController {
  readonly controller: Runnable;
  readonly exclusivity: Exclusivity;
}

/** What the controllers of both kinds differ in. */
export interface DriverControllerParts<S extends DriverSnapshot> {
  readonly claimed: ClaimedKind;
  readonly deployments: InformerView<DriverObject>;
  readonly daemonSets: InformerView<DaemonSet>;
  readonly steps: DriverSteps<S>;
  readonly sources: readonly ControllerSource[];
}

/** Builds it; nothing runs until it is started. */
export function driverController<S extends DriverSnapshot>(
  options: PmemControllerOptions,
  { claimed: kind, deployments, daemonSets, steps, sources }: DriverControllerParts<S>,
): DriverController {
  const { installation, notices } = options;
  const accounts = new Accounts(options);
  const claims = new Claims({ ...options, kind, self: installation.self, accounts });
  const reconciler = new Reconciler(new DeploymentSteps(steps, { ...options, claims }), options);
  const controller = new Controller({
    ...options,
    name: steps.kind.logField,
    reconcile: (key, signal) => reconciler.reconcile(key, signal),
    sources,
  });
  const start = async (signal: AbortSignal): Promise<void> => {
    claims.forget();
    using _ = options.crdShortfall.subscribe(() => {
      for (const deployment of deployments.list()) controller.enqueue(nameOf(deployment));
    });
    await controller.start(signal);
  };
  const parts = { ...installation, kind, objects: deployments, daemonSets, accounts, claims };
  return {
    controller: { name: controller.name, start },
    exclusivity: new Exclusivity({ ...options, ...parts, events: notices }),
  };
}

/** Caches of what is made for deployments of a kind, and all of them as sources of a controller. */
export function ownedCaches(
  { informers, settings: { namespace } }: Pick<PmemControllerOptions, 'informers' | 'settings'>,
  { managedBy, controller }: DriverKind,
  more: readonly ResourceType[] = [],
) {
  const labelSelector = `${kubernetes.label.managedBy}=${managedBy}`;
  const selected = { labelSelector, indexes: { [byInstance]: instanceOf } };
  const own = { ...selected, namespace };
  const controllers: InformerView<ControllerWorkload> =
    controller === 'Deployment'
      ? informers.watch({ ...own, type: resources.deployments })
      : informers.watch({ ...own, type: resources.statefulSets });
  const daemonSets = informers.watch({ ...own, type: resources.daemonSets });
  const others: InformerView<KubeObject>[] = [
    informers.watch({ ...own, type: resources.serviceAccounts }),
    informers.watch<KubeObject>({ ...own, type: resources.roleBindings }),
    informers.watch<KubeObject>({ ...selected, type: resources.clusterRoleBindings }),
    ...more.map((type) => informers.watch({ ...own, type })),
  ];
  const owned = { daemonSets, controllers, others } satisfies OwnedCaches;
  return { owned, informers: [daemonSets, controllers, ...others] };
}
