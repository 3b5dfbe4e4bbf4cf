import type { PmemDeploymentSpec } from '@rackwright/api';
import type { ResourceRequirements } from '@rackwright/kube';
import type { DriverSpec } from '../effective.ts';

/** What the first operator limited its containers to. */
const limited: ResourceRequirements = { limits: { cpu: '100m', memory: '250Mi' } };

/**
 * What the spec of a Deployment of the first operator says, in the words of a
 * PmemCSIDeployment. Where one field has two names, that of its schema counts.
 */
export function adapt(spec: PmemDeploymentSpec): DriverSpec {
  const { controllerResources = limited, nodeResources = limited } = spec;
  const { image, provisionerImage, logLevel, deviceMode, nodeSelector } = spec;
  const { pmemPercentage, labels, kubeletDir } = spec;
  return {
    ...{ image, provisionerImage, logLevel, deviceMode, nodeSelector, pmemPercentage, labels, kubeletDir },
    imagePullPolicy: spec.imagePullPolicy ?? spec.pullPolicy,
    resizerImage: spec.resizerImage,
    resizerResources: controllerResources,
    nodeRegistrarImage: spec.nodeRegistrarImage || spec.registrarImage,
    controllerDriverResources: controllerResources,
    provisionerResources: controllerResources,
    nodeDriverResources: nodeResources,
    nodeRegistrarResources: nodeResources,
  };
}
