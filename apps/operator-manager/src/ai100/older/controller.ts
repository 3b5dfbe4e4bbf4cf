import { type AidaptivCache, type PhisonDeviceOperator, phisonDeviceOperators } from '@rackwright/api';
import { Controller } from '@rackwright/controller';
import { keyOf } from '@rackwright/kube';
import { type ControllerContext, type InformerView, Reconciler } from '@rackwright/manager';
import { makerOf } from './maker.ts';
import { OlderSteps } from './steps.ts';

/** What the PhisonDeviceOperator controller needs. */
export type OlderControllerOptions = Pick<
  ControllerContext<unknown>,
  'client' | 'informers' | 'events' | 'metrics' | 'clock' | 'logger'
> & { readonly caches: InformerView<AidaptivCache> };

/** Takes PhisonDeviceOperators of the older operator over into the AidaptivCache. */
export function phisonDeviceOperatorController(options: OlderControllerOptions): Controller {
  const { caches } = options;
  const olders = options.informers.watch<PhisonDeviceOperator>({ type: phisonDeviceOperators });
  const reconciler = new Reconciler(new OlderSteps({ ...options, olders }), options);
  // There is one AidaptivCache for all of them, so what happens to one may concern each.
  const keys = (...more: readonly string[]): string[] => [...new Set([...olders.list().map(keyOf), ...more])];
  return new Controller({
    ...options,
    name: 'phisondeviceoperator',
    reconcile: (key, signal) => reconciler.reconcile(key, signal),
    sources: [
      { informer: olders, map: (object) => keys(keyOf(object)) },
      {
        informer: caches,
        map: (object) => keys(...[makerOf(object as AidaptivCache)].filter((key) => key !== undefined)),
      },
    ],
  });
}
