import fc from 'fast-check';
import { block, of } from '../../admission/testing/arbitrary-fields.ts';

const image = of('', 'registry.test/a:1', 'ghcr.io/rackwright/x@sha256:1', 'docker.io/x', '-');

/** A Deployment of the first operator as a client may send it, with anything in its spec. */
export const arbitraryDeployment = fc.record({
  name: fc.constant('any'),
  spec: block({
    ...{ image, provisionerImage: image, nodeRegistrarImage: image, registrarImage: image },
    kubeletDir: of('/var/lib/kubelet', '/data/kubelet', ''),
    registryKey: of('YQ==', ''),
    nodeControllerKey: of('YQ=='),
  }),
  status: block({}),
});
