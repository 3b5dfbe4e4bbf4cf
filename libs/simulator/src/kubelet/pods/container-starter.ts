import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { kubelet } from '@rackwright/keys';
import { annotatedCdiDevices } from '../cdi/cdi-registry.ts';
import { containerEnv } from '../env/container-env.ts';
import { expand } from '../env/expand.ts';
import { apiServerEnv } from '../env/service-env.ts';
import type { NodeContext } from '../node-context.ts';
import { type Container, type Pod, podUid } from '../pod-model.ts';
import { type ContainerRecord, newest } from '../runtime/container-record.ts';
import type { ContainerSpec } from '../runtime/container-runtime.ts';
import { containerArgv, type ImageSpec } from '../runtime/images.ts';
import { layOutRoot } from '../runtime/sandbox-root.ts';
import type { PodVolumes } from '../volumes/pod-volumes.ts';
import { checkUser, deviceParts, imageMounts, sandboxEnv, workingDirectory } from './container-config.ts';
import { runHandler } from './lifecycle-handler.ts';
import { StartError, step } from './start-error.ts';

/** A container about to be started. */
export interface StartRequest {
  readonly pod: Pod;
  readonly container: Container;
  readonly image: ImageSpec;
  readonly podIp: string;
  /** Folder of the pod on this machine. */
  readonly podFolder: string;
  readonly volumes: PodVolumes;
}

const words = kubelet.waiting;

/**
 * Creates and starts one container and runs its postStart hook.
 *
 * @throws StartError with the waiting reason the container shows
 */
export async function startContainer(node: NodeContext, request: StartRequest): Promise<void> {
  const { pod, container } = request;
  const record = await tell(node, request, async () => {
    const spec = await containerSpec(node, request);
    const created = node.runtime.create(spec);
    await forgetOld(node, created);
    node.events.normal(pod, kubelet.event.created, `Created container ${container.name}`, container);
    return created;
  });
  await tell(node, request, () => step(words.runError, () => node.runtime.start(record.id)));
  node.events.normal(pod, kubelet.event.started, `Started container ${container.name}`, container);
  await postStart(node, request, record);
}

/** A failure is also an event of the container. */
async function tell<T>(
  node: NodeContext,
  { pod, container }: StartRequest,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const message = error instanceof StartError ? error.waiting.message : String(error);
    node.events.warning(pod, kubelet.event.failed, `Error: ${message}`, container);
    throw error;
  }
}

async function containerSpec(node: NodeContext, request: StartRequest): Promise<ContainerSpec> {
  const { pod, container, image, podIp, podFolder, volumes } = request;
  const previous = newest(node.runtime.list(podUid(pod)), container.name);
  const attempt = previous === undefined ? 0 : previous.attempt + 1;
  const root = join(podFolder, 'containers', `${container.name}-${attempt}`);
  const { options, ownEnv, mounts } = await step(words.createConfigError, async () => {
    checkUser(pod, container, image);
    const found = await node.devices.containerOptions(pod, container);
    const env = await containerEnv({
      ...{ pod, container, objects: node.objects, node: node.resources },
      addresses: { hostIp: node.nodeIp, podIp },
      services: apiServerEnv(node.server),
    });
    return { options: found, ownEnv: env, mounts: await volumes.mounts(container.volumeMounts ?? [], env) };
  });
  return step(words.createError, async () => {
    const cdi = node.cdi.resolve([
      ...(options?.cdiDevices ?? []),
      ...annotatedCdiDevices(options?.annotations ?? {}),
    ]);
    const devices = await deviceParts(node.host, options, cdi);
    const env = {
      ...{
        PATH: process.env.PATH ?? '',
        HOME: root,
        HOSTNAME: pod.spec.hostname ?? pod.metadata?.name ?? '',
      },
      ...{ ...image.env, ...ownEnv, ...devices.env, ...sandboxEnv(root, podIp) },
    };
    await mkdir(join(root, 'tmp'), { recursive: true });
    await layOutRoot(root, [...imageMounts(image), ...mounts, ...devices.mounts]);
    const replace = (word: string): string => expand(word, (name) => ownEnv[name]);
    return {
      ...{
        podUid: podUid(pod),
        name: container.name,
        image: container.image ?? '',
        attempt,
        env,
        folder: root,
      },
      argv: containerArgv(image, container.command?.map(replace), container.args?.map(replace)),
      cwd: await workingDirectory(root, container, image),
      logFile: logFile(node, pod, container.name, attempt),
      termination: {
        file: await terminationFile(root, container),
        fallbackToLogs: container.terminationMessagePolicy === 'FallbackToLogsOnError',
      },
    };
  });
}

/** Where the node keeps a container's log: as on a real node, below its own /var/log/pods. */
export function logFile(node: NodeContext, pod: Pod, container: string, attempt: number): string {
  return join(podLogFolder(node, pod), container, `${attempt}.log`);
}

/** The folder of all logs of a pod. */
export function podLogFolder(node: NodeContext, pod: Pod): string {
  const { namespace = '', name = '' } = pod.metadata ?? {};
  return node.host.path(`/var/log/pods/${namespace}_${name}_${podUid(pod)}`);
}

async function terminationFile(root: string, container: Container): Promise<string> {
  const path = join(root, container.terminationMessagePath ?? '/dev/termination-log');
  // It may lie in a folder of the node that is mounted there; then it is not made.
  await mkdir(dirname(path), { recursive: true })
    .then(() => writeFile(path, '', { flag: 'wx' }))
    .catch(() => undefined);
  return path;
}

/** Of the ended containers of a name only the last one is kept. */
async function forgetOld(node: NodeContext, created: ContainerRecord): Promise<void> {
  for (const record of node.runtime.list(created.podUid)) {
    if (record.name === created.name && record.attempt < created.attempt - 1)
      await node.runtime.remove(record.id);
  }
}

async function postStart(node: NodeContext, request: StartRequest, record: ContainerRecord): Promise<void> {
  const { pod, container, podIp } = request;
  const hook = container.lifecycle?.postStart;
  if (hook === undefined) return;
  try {
    await runHandler(node, { handler: hook, container, containerId: record.id, host: podIp });
  } catch (error) {
    node.events.warning(pod, kubelet.event.failedPostStart, 'PostStartHook failed', container);
    await node.runtime.stop(record.id, (pod.spec.terminationGracePeriodSeconds ?? 30) * 1000);
    throw new StartError(words.postStartHookError, error);
  }
}
