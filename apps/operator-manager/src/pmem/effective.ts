import type { PmemCsiDeploymentSpec } from '@rackwright/api';
import type { ResourceRequirements } from '@rackwright/kube';
import type { PmemSettings } from './settings.ts';

/** How a program of the driver's image that is not its entry point is started. */
const registrarCommand = ['/usr/bin/node', '/app/csi-node-driver-registrar.js'] as const;

/** The container that registers the driver. */
export interface Registrar {
  readonly image: string;
  /** Undefined for the entry point of the image. */
  readonly command?: readonly string[];
}

/** What a deployment may say. */
export type DriverSpec = {
  readonly [Field in keyof PmemCsiDeploymentSpec]?: PmemCsiDeploymentSpec[Field] | undefined;
};

/** What a deployment asks for, with defaults where it says nothing. */
export interface EffectiveSpec {
  readonly image: string;
  readonly imagePullPolicy: 'Always' | 'IfNotPresent' | 'Never';
  readonly provisionerImage: string;
  /** Undefined where volumes do not grow. */
  readonly resizerImage: string | undefined;
  readonly registrar: Registrar;
  readonly resources: {
    readonly controller: ResourceRequirements;
    readonly node: ResourceRequirements;
    readonly provisioner: ResourceRequirements;
    readonly resizer: ResourceRequirements;
    readonly registrar: ResourceRequirements;
  };
  readonly replicas: number;
  readonly deviceMode: NonNullable<PmemCsiDeploymentSpec['deviceMode']>;
  readonly logLevel: number;
  readonly logFormat: 'text' | 'json';
  readonly nodeSelector: Readonly<Record<string, string>>;
  readonly pmemPercentage: number;
  readonly labels: Readonly<Record<string, string>>;
  readonly kubeletDir: string;
  readonly maxUnavailable: number | string;
}

const small: ResourceRequirements = { requests: { cpu: '12m', memory: '128Mi' } };
/** What the driver on nodes asks for where nothing else is said. */
export const nodeResources: ResourceRequirements = { requests: { cpu: '100m', memory: '250Mi' } };

/** The defaults of the last PMEM-CSI operator, but for images. */
export function effectiveSpec(spec: DriverSpec, settings: PmemSettings): EffectiveSpec {
  const image = orElse(spec.image, settings.driverImage);
  return {
    image,
    imagePullPolicy: spec.imagePullPolicy ?? 'IfNotPresent',
    provisionerImage: orElse(spec.provisionerImage, settings.provisionerImage),
    resizerImage: resizerImageOf(spec, settings),
    registrar: registrarOf(spec, settings),
    resources: {
      controller: spec.controllerDriverResources ?? small,
      node: spec.nodeDriverResources ?? nodeResources,
      provisioner: spec.provisionerResources ?? small,
      resizer: spec.resizerResources ?? small,
      registrar: spec.nodeRegistrarResources ?? small,
    },
    replicas: (spec.controllReplicas ?? spec.controllerReplicas ?? 0) || 1,
    deviceMode: spec.deviceMode ?? 'lvm',
    logLevel: (spec.logLevel ?? 0) || 3,
    logFormat: spec.logFormat ?? 'text',
    nodeSelector: spec.nodeSelector ?? { storage: 'pmem' },
    pmemPercentage: (spec.pmemPercentage ?? 0) || 100,
    labels: spec.labels ?? {},
    kubeletDir: orElse(spec.kubeletDir, settings.kubeletDir),
    maxUnavailable: spec.maxUnavailable ?? 1,
  };
}

/** The program of our own image: an older driver that the spec may name has none. */
function registrarOf({ nodeRegistrarImage }: DriverSpec, { driverImage }: PmemSettings): Registrar {
  return nodeRegistrarImage === undefined || nodeRegistrarImage === ''
    ? { image: driverImage, command: registrarCommand }
    : { image: nodeRegistrarImage };
}

/**
 * A driver that the spec names may be an older one, which cannot grow volumes, as
 * none can in mode direct: a resizer would not run beside it.
 */
function resizerImageOf(
  { image, resizerImage, deviceMode }: DriverSpec,
  settings: PmemSettings,
): string | undefined {
  if (deviceMode === 'direct') return undefined;
  const own = image === undefined || image === '';
  return orElse(resizerImage, own ? settings.resizerImage : '') || undefined;
}

function orElse(given: string | undefined, otherwise: string): string {
  return given === undefined || given === '' ? otherwise : given;
}
