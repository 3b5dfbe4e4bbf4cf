import { HwError } from '@rackwright/core';
import { parse } from 'yaml';

/** What a CDI spec adds to a container (https://github.com/cncf-tags/container-device-interface/blob/main/SPEC.md). */
export interface CdiEdits {
  readonly env: readonly string[];
  readonly deviceNodes: readonly { readonly path: string; readonly hostPath: string }[];
  readonly mounts: readonly { readonly containerPath: string; readonly hostPath: string }[];
}

/** A CDI spec as far as it is applied: hooks and additional groups are not. */
export interface CdiSpec {
  /** `vendor/class`. */
  readonly kind: string;
  /** Edits of every device of the spec. */
  readonly common: CdiEdits;
  readonly devices: ReadonlyMap<string, CdiEdits>;
}

interface RawEdits {
  env?: string[];
  deviceNodes?: { path: string; hostPath?: string }[];
  mounts?: { containerPath: string; hostPath: string }[];
}

/**
 * Reads a CDI spec, JSON or YAML.
 *
 * @throws HwError InvalidArgument when it lacks what a spec must have
 */
export function parseCdiSpec(text: string, file: string): CdiSpec {
  const raw = parseDocument(text, file);
  if (typeof raw.cdiVersion !== 'string' || !/^\d+\.\d+\.\d+$/.test(raw.cdiVersion)) {
    throw new HwError('InvalidArgument', `${file}: cdiVersion is missing or not a version`, {
      field: 'cdiVersion',
    });
  }
  if (
    typeof raw.kind !== 'string' ||
    !/^[A-Za-z0-9][-A-Za-z0-9_.]*\/[A-Za-z0-9][-A-Za-z0-9_]*$/.test(raw.kind)
  ) {
    throw new HwError('InvalidArgument', `${file}: kind is missing or not vendor/class`, { field: 'kind' });
  }
  if (!Array.isArray(raw.devices) || raw.devices.length === 0) {
    throw new HwError('InvalidArgument', `${file}: a spec needs at least one device`, { field: 'devices' });
  }
  const devices = new Map<string, CdiEdits>();
  for (const device of raw.devices as { name?: unknown; containerEdits?: RawEdits }[]) {
    if (typeof device.name !== 'string' || !/^[A-Za-z0-9][-A-Za-z0-9_.:]*$/.test(device.name)) {
      throw new HwError('InvalidArgument', `${file}: a device has no valid name`, { field: 'devices' });
    }
    if (devices.has(device.name)) {
      throw new HwError('InvalidArgument', `${file}: two devices are named ${device.name}`, {
        field: 'devices',
      });
    }
    devices.set(device.name, edits(device.containerEdits, file));
  }
  return { kind: raw.kind, common: edits(raw.containerEdits as RawEdits | undefined, file), devices };
}

function parseDocument(text: string, file: string): Record<string, unknown> {
  let raw: unknown;
  try {
    raw = parse(text);
  } catch (cause) {
    throw new HwError('InvalidArgument', `${file} is neither YAML nor JSON`, { cause });
  }
  if (raw === null || typeof raw !== 'object')
    throw new HwError('InvalidArgument', `${file} is not a CDI spec`);
  return raw as Record<string, unknown>;
}

function edits(raw: RawEdits = {}, file: string): CdiEdits {
  const { env = [], deviceNodes = [], mounts = [] } = raw;
  const bad = env.find((one) => typeof one !== 'string' || !/^[^=]+=/.test(one));
  if (bad !== undefined)
    throw new HwError('InvalidArgument', `${file}: ${String(bad)} is not NAME=VALUE`, { field: 'env' });
  if (deviceNodes.some((node) => !isAbsolute(node?.path))) {
    throw new HwError('InvalidArgument', `${file}: a device node has no absolute path`, {
      field: 'deviceNodes',
    });
  }
  if (mounts.some((mount) => !isAbsolute(mount?.hostPath) || !isAbsolute(mount.containerPath))) {
    throw new HwError('InvalidArgument', `${file}: a mount has no absolute paths`, { field: 'mounts' });
  }
  return {
    env,
    deviceNodes: deviceNodes.map(({ path, hostPath }) => ({ path, hostPath: hostPath ?? path })),
    mounts: mounts.map(({ containerPath, hostPath }) => ({ containerPath, hostPath })),
  };
}

function isAbsolute(path: unknown): boolean {
  return typeof path === 'string' && path.startsWith('/');
}
