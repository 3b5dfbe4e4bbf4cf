import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { HwError } from '@rackwright/core';
import { HostFiles, type HostRoot, makeFolder } from '@rackwright/host';
import { rackwright } from '@rackwright/keys';
import type { CdiEdits } from '../cdi/cdi-spec.ts';
import type { DeviceOptions } from '../devices/device-options.ts';
import type { Container, Pod } from '../pod-model.ts';
import type { ImageSpec } from '../runtime/images.ts';
import type { SandboxMount } from '../runtime/sandbox-root.ts';

/** What container runtimes add to a container because of its devices. */
export interface DeviceParts {
  /** Variables of CDI specs, which count more than any others. */
  readonly env: Readonly<Record<string, string>>;
  readonly mounts: readonly SandboxMount[];
}

/**
 * Turns what device plugins and CDI specs ask for into mounts below the node's root.
 *
 * @throws HwError NotFound when the node has no such device
 */
export async function deviceParts(
  host: HostRoot,
  options: DeviceOptions | undefined,
  cdi: CdiEdits,
): Promise<DeviceParts> {
  const files = new HostFiles(host);
  const at = (hostPath: string, containerPath: string): SandboxMount => {
    const real = files.resolve(hostPath);
    if (real === undefined) throw new HwError('NotFound', `${hostPath} does not exist on the node`);
    return { containerPath, source: host.path(real) };
  };
  const mounts: SandboxMount[] = [];
  for (const mount of options?.mounts ?? []) {
    // Container runtimes make the missing source of a mount as a folder.
    if (!files.exists(mount.hostPath)) await makeFolder(host.path(mount.hostPath));
    mounts.push(at(mount.hostPath, mount.containerPath));
  }
  for (const device of options?.devices ?? []) mounts.push(at(device.hostPath, device.containerPath));
  for (const node of cdi.deviceNodes) mounts.push(at(node.hostPath, node.path));
  for (const mount of cdi.mounts) mounts.push(at(mount.hostPath, mount.containerPath));
  const fromCdi = cdi.env.map((one): [string, string] => {
    const equals = one.indexOf('=');
    return [one.slice(0, equals), one.slice(equals + 1)];
  });
  return { env: Object.fromEntries(fromCdi), mounts };
}

/** What the image itself brings, as mounts. */
export function imageMounts(image: ImageSpec, host: HostRoot): SandboxMount[] {
  const files = Object.entries(image.files ?? {}).map(([containerPath, source]) => ({
    containerPath,
    source,
  }));
  if (image.usesNodePrograms !== true) return files;
  const hostFiles = new HostFiles(host);
  const programs = ['/usr/bin', '/usr/sbin']
    .flatMap((folder) => hostFiles.list(folder).map((name) => `${folder}/${name}`))
    .filter((path) => image.files?.[path] === undefined);
  const mounts = [...programs, ...(hostFiles.exists(host.proc()) ? [host.proc()] : [])];
  return [...files, ...mounts.map((path) => ({ containerPath: path, source: host.path(path) }))];
}

/** What stands in for the container's namespaces: where its `/` is and which address is its own. */
export function sandboxEnv(root: string, podIp: string): Record<string, string> {
  return { [rackwright.env.sandboxRoot]: root, [rackwright.env.sandboxAddress]: podIp };
}

/**
 * Refuses a container that must not run as root but would.
 *
 * @throws HwError Forbidden
 */
export function checkUser(pod: Pod, container: Container, image: ImageSpec): void {
  const must = container.securityContext?.runAsNonRoot ?? pod.spec.securityContext?.runAsNonRoot;
  if (must !== true) return;
  const asked = container.securityContext?.runAsUser ?? pod.spec.securityContext?.runAsUser;
  if (asked === 0) throw new HwError('Forbidden', `${container.name}: runAsUser 0 breaks runAsNonRoot`);
  if (asked !== undefined) return;
  const user = (image.user ?? '0').split(':')[0] ?? '0';
  if (!/^\d+$/.test(user)) {
    throw new HwError(
      'Forbidden',
      `${container.name}: runAsNonRoot cannot be verified, the image's user ${user} is no number`,
    );
  }
  if (Number(user) === 0)
    throw new HwError('Forbidden', `${container.name}: runAsNonRoot, but the image runs as root`);
}

/** The working directory inside the root; made when it is missing. */
export async function workingDirectory(
  root: string,
  container: Container,
  image: ImageSpec,
): Promise<string> {
  const path = join(root, container.workingDir ?? image.workingDir ?? '/');
  if ((await stat(path).catch(() => undefined)) === undefined) await makeFolder(path);
  return path;
}
