import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { makeFolder } from '@rackwright/host';
import { kubelet } from '@rackwright/keys';
import { annotatedCdiDevices } from '../cdi/cdi-registry.ts';
import type { DeviceOptions } from '../devices/device-options.ts';
import { containerEnv } from '../env/container-env.ts';
import { expand } from '../env/expand.ts';
import { networkEnv } from '../env/network-env.ts';
import { apiServerEnv } from '../env/service-env.ts';
import type { NodeContext } from '../node-context.ts';
import { type Container, type Pod, podUid } from '../pod-model.ts';
import { newest } from '../runtime/container-record.ts';
import type { ContainerSpec } from '../runtime/container-runtime.ts';
import { containerArgv, type ImageSpec } from '../runtime/images.ts';
import { isOwnPath, layOutRoot, type SandboxMount } from '../runtime/sandbox-root.ts';
import type { PodVolumes } from '../volumes/pod-volumes.ts';
import { checkUser, deviceParts, imageMounts, sandboxEnv, workingDirectory } from './container-config.ts';
import { step } from './start-error.ts';

/** A container about to be started. */
export interface StartRequest {
  readonly pod: Pod;
  readonly container: Container;
  readonly image: ImageSpec;
  /** Where the pod listens. */
  readonly podIp: string;
  /** Folder of the pod on this machine. */
  readonly podFolder: string;
  readonly volumes: PodVolumes;
}

/** What the pod's own spec and its devices make of a container. */
interface Settings {
  readonly options: DeviceOptions | undefined;
  readonly env: Readonly<Record<string, string>>;
  readonly mounts: readonly SandboxMount[];
}

/**
 * Everything the runtime has to know of a container; its root folder is laid out.
 *
 * @throws StartError CreateContainerConfigError for what the pod asks for, CreateContainerError for what the node lacks
 */
export async function containerSpec(node: NodeContext, request: StartRequest): Promise<ContainerSpec> {
  const settings = await step(kubelet.waiting.createConfigError, () => containerSettings(node, request));
  return step(kubelet.waiting.createError, () => runtimeSpec(node, request, settings));
}

async function containerSettings(node: NodeContext, request: StartRequest): Promise<Settings> {
  const { pod, container, image, podIp, volumes } = request;
  checkUser(pod, container, image);
  const options = await node.devices.containerOptions(pod, container);
  const own = await containerEnv({
    ...{ pod, container, objects: node.objects, node: node.resources },
    addresses: { hostIp: node.shown(node.nodeIp), podIp: node.shown(podIp) },
    services: apiServerEnv(node.server),
  });
  const mounts = await volumes.mounts(container, own);
  // The pod's own variables come after those of device plugins, and so count.
  return { options, env: { ...options?.env, ...own }, mounts };
}

async function runtimeSpec(
  node: NodeContext,
  { pod, container, image, podIp, podFolder }: StartRequest,
  settings: Settings,
): Promise<ContainerSpec> {
  const previous = newest(node.runtime.list(podUid(pod)), container.name);
  const attempt = previous === undefined ? 0 : previous.attempt + 1;
  const root = join(podFolder, 'containers', `${container.name}-${attempt}`);
  const { options, env, mounts } = settings;
  const named = annotatedCdiDevices(options?.annotations ?? {});
  const devices = await deviceParts(
    node.host,
    options,
    node.cdi.resolve([...(options?.cdiDevices ?? []), ...named]),
  );
  await makeFolder(join(root, 'tmp'));
  await layOutRoot(root, [...imageMounts(image, node.host), ...mounts, ...devices.mounts]);
  const replace = (word: string): string => expand(word, (name) => env[name]);
  const hostname = pod.spec.hostname ?? pod.metadata?.name ?? '';
  return {
    ...{ podUid: podUid(pod), name: container.name, image: container.image ?? '', attempt, folder: root },
    env: {
      ...{ PATH: process.env.PATH ?? '', HOME: root, HOSTNAME: hostname },
      ...networkEnv(node.networkProxy, pod, image),
      ...{ ...image.env, ...env, ...devices.env, ...sandboxEnv(root, podIp) },
    },
    argv: containerArgv(image, container.command?.map(replace), container.args?.map(replace)),
    cwd: await workingDirectory(root, container, image),
    logFile: join(podLogFolder(node, pod), container.name, `${attempt}.log`),
    termination: {
      file: await terminationFile(root, container),
      fallbackToLogs: container.terminationMessagePolicy === 'FallbackToLogsOnError',
    },
  };
}

/** The folder of all logs of a pod: as on a real node, below the node's /var/log/pods. */
export function podLogFolder(node: NodeContext, pod: Pod): string {
  const { namespace = '', name = '' } = pod.metadata ?? {};
  return node.host.path(`/var/log/pods/${namespace}_${name}_${podUid(pod)}`);
}

/** The file for the container's last words; not made where it would lie in a folder of the node. */
async function terminationFile(root: string, container: Container): Promise<string> {
  const path = join(root, container.terminationMessagePath ?? '/dev/termination-log');
  if (!(await isOwnPath(root, path))) return path;
  await makeFolder(dirname(path));
  await writeFile(path, '');
  return path;
}
