import type { CxiDriver, CxiDriverSpec } from '@rackwright/api';
import { cxiReason } from '@rackwright/keys';
import type { CxiSettings } from './settings.ts';

/** Why a driver is not rolled out although its spec is valid. */
export interface Refusal {
  readonly reason: string;
  readonly message: string;
}

type Guard = (spec: CxiDriverSpec, settings: CxiSettings) => Refusal | undefined;

/** What `spec.retryHandler.mode` used to promise and cannot hold. */
const modeRefusals: Readonly<Partial<Record<CxiDriverSpec['retryHandler']['mode'], string>>> = {
  sidecar:
    'a NIC has exactly one retry handler queue, so pods cannot bring their own handler; use mode daemonset',
  kernel:
    'the kernel driver has no retry handler; use mode daemonset, or none if the host runs cxi_rh itself',
};

const source: Guard = ({ source: { type } }) =>
  type === 'preinstalled'
    ? undefined
    : {
        reason: cxiReason.sourceUnsupported,
        message: `spec.source.type ${type} is not supported by this version; install the driver in the node image and use preinstalled`,
      };

const retryHandlerMode: Guard = ({ retryHandler: { enabled, mode } }) => {
  const why = enabled ? modeRefusals[mode] : undefined;
  if (why === undefined) return undefined;
  return { reason: cxiReason.retryHandlerModeUnsupported, message: `spec.retryHandler.mode ${mode}: ${why}` };
};

const images: Guard = (spec, { allowedImages }) => {
  if (allowedImages.length === 0) return undefined;
  for (const block of ['driverAgent', 'devicePlugin', 'retryHandler', 'metricsExporter'] as const) {
    const { image } = spec[block];
    if (image === undefined || image === '' || allowedImages.some((prefix) => image.startsWith(prefix)))
      continue;
    return {
      reason: cxiReason.imageNotAllowed,
      message: `spec.${block}.image ${image} is not among the images this operator may run: ${allowedImages.join(', ')}`,
    };
  }
  return undefined;
};

const guards: readonly Guard[] = [source, retryHandlerMode, images];

/** The first reason not to roll `driver` out; undefined when there is none. */
export function firstRefusal(driver: CxiDriver, settings: CxiSettings): Refusal | undefined {
  for (const guard of guards) {
    const refusal = guard(driver.spec, settings);
    if (refusal !== undefined) return refusal;
  }
  return undefined;
}
