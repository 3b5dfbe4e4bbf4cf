import { compareNatural } from '@rackwright/core';

/**
 * A Container Device Interface specification, as far as Rackwright writes it:
 * which edits a container runtime makes to a container that asks for a device
 * (https://tags.cncf.io/container-device-interface, SPEC.md).
 */
export interface CdiSpec {
  readonly cdiVersion: string;
  /** Vendor and class, such as `example.com/nic`. */
  readonly kind: string;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly devices: readonly CdiDevice[];
  /** Made for every device of the specification. */
  readonly containerEdits?: CdiEdits;
}

export interface CdiDevice {
  readonly name: string;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly containerEdits: CdiEdits;
}

export interface CdiEdits {
  /** NAME=VALUE each. */
  readonly env?: readonly string[];
  readonly deviceNodes?: readonly CdiDeviceNode[];
  readonly mounts?: readonly CdiMount[];
  readonly hooks?: readonly CdiHook[];
}

export interface CdiDeviceNode {
  /** Path in the container. */
  readonly path: string;
  /** Path on the node if it differs. */
  readonly hostPath?: string;
  /** Any of r, w and m; the runtime's default is all three. */
  readonly permissions?: string;
}

export interface CdiMount {
  readonly hostPath: string;
  readonly containerPath: string;
  /** File system type; absent for bind mounts, which say so in their options. */
  readonly type?: string;
  readonly options?: readonly string[];
}

export interface CdiHook {
  readonly hookName: string;
  readonly path: string;
  readonly args?: readonly string[];
  readonly env?: readonly string[];
}

/** How a runtime is asked for a device: `vendor/class=name`. */
export function qualifiedName(kind: string, device: string): string {
  return `${kind}=${device}`;
}

/** The file a specification of `kind` is kept in, by the convention of the CDI tools. */
export function cdiFileName(kind: string): string {
  return `${kind.replaceAll('/', '-')}.yaml`;
}

/** Versions of the specification that exist, oldest first. */
export const cdiVersions = ['0.3.0', '0.4.0', '0.5.0', '0.6.0', '0.7.0', '0.8.0', '1.0.0', '1.1.0'] as const;

/**
 * The oldest version that has everything the specification uses, so that the
 * oldest runtimes possible read it (specs-go/version.go says what came when).
 */
export function minimumVersion(spec: Omit<CdiSpec, 'cdiVersion'>): string {
  const edits = [...spec.devices.map((device) => device.containerEdits), spec.containerEdits ?? {}];
  const annotated = [spec, ...spec.devices].some((part) => Object.keys(part.annotations ?? {}).length > 0);
  if (annotated || spec.kind.split('/')[1]?.includes('.')) return '0.6.0';
  const digits = spec.devices.some((device) => !/^[A-Za-z]/.test(device.name));
  if (digits || edits.some((edit) => edit.deviceNodes?.some((node) => node.hostPath))) return '0.5.0';
  if (edits.some((edit) => edit.mounts?.some((mount) => mount.type))) return '0.4.0';
  return '0.3.0';
}

/** Completes a specification: the minimum version, devices in natural order. */
export function cdiSpec(parts: Omit<CdiSpec, 'cdiVersion'>): CdiSpec {
  const devices = [...parts.devices].sort((a, b) => compareNatural(a.name, b.name));
  return { cdiVersion: minimumVersion(parts), ...parts, devices };
}
