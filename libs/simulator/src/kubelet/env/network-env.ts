import { rackwright } from '@rackwright/keys';
import type { Pod } from '../pod-model.ts';
import type { ImageSpec } from '../runtime/images.ts';

/** Loopback, where the API server is, needs no proxy. */
const direct = 'localhost,127.0.0.1';

/**
 * Variables that send HTTP requests of a container through the cluster's
 * network, where Service names and addresses mean something. Only containers
 * that want it get them: those of images made for it and of annotated pods. The
 * proxy learns the pod's namespace as the user's name, for short names.
 */
export function networkEnv(proxy: string | undefined, pod: Pod, image: ImageSpec): Record<string, string> {
  const { annotations, namespace = '' } = pod.metadata ?? {};
  const wanted = image.usesNetworkProxy ?? annotations?.[rackwright.annotation.networkProxy] === 'true';
  if (proxy === undefined || !wanted) return {};
  // Node sends a user's name only together with a password.
  const url = `http://${namespace}:pod@${proxy}`;
  return {
    // Node and curl read one spelling each, grpc-js its own.
    ...{ HTTP_PROXY: url, HTTPS_PROXY: url, http_proxy: url, https_proxy: url, grpc_proxy: url },
    ...{ NO_PROXY: direct, no_proxy: direct, NODE_USE_ENV_PROXY: '1' },
  };
}
