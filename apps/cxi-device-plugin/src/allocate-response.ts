import { posix } from 'node:path';
import { compareNatural } from '@rackwright/core';
import { HostRoot } from '@rackwright/host';
import { cxi } from '@rackwright/keys';
import {
  type CdiEdits,
  type ContainerAllocateResponse,
  cdiAnnotation,
  deviceOf,
  qualifiedName,
} from '@rackwright/kubelet';
import type { AllocateMode } from './model.ts';

/** How NICs reach the containers of one resource. */
export interface AllocateStyle {
  readonly mode: AllocateMode;
  /** The host tree's path on the node. */
  readonly nodeRoot: string;
  readonly resource: string;
  /** What mode `cdi-inline` adds to the device nodes. */
  readonly edits?: CdiEdits;
}

/** Names the plugin in annotation keys, `vendor.class` by the convention of CDI. */
const annotationPlugin = 'hpe.com.cxi';

/** Read and write, without mknod. */
export const nodePermissions = 'rw';

/** Where a container sees a device node: at the path that a host has it at. */
export function containerNode(name: string): string {
  return new HostRoot().dev(name);
}

/** What a container gets with these ids; a NIC named by several ids counts once. */
export function allocateResponse(ids: readonly string[], style: AllocateStyle): ContainerAllocateResponse {
  const names = [...new Set(ids.map(deviceOf))].sort(compareNatural);
  return { ...byMode[style.mode](names, style), envs: { ...environment(style.edits), ...describe(names) } };
}

/** What tells the processes in the container which NICs are theirs. */
function describe(names: readonly string[]): Record<string, string> {
  const [first] = names;
  return {
    [cxi.env.deviceCount]: String(names.length),
    ...(names.length === 1 && first !== undefined && { [cxi.env.device]: first }),
    [cxi.env.devices]: names.join(','),
    [cxi.env.fabricDevice]: names.join(','),
  };
}

type Respond = (names: readonly string[], style: AllocateStyle) => ContainerAllocateResponse;

const byMode: Readonly<Record<AllocateMode, Respond>> = {
  'device-nodes': (names, { nodeRoot }) => ({
    devices: names.map((name) => ({
      containerPath: containerNode(name),
      hostPath: posix.join(nodeRoot, 'dev', name),
      permissions: nodePermissions,
    })),
  }),
  'cdi-cri': (names) => ({ cdiDevices: qualified(names) }),
  'cdi-annotations': (names, { resource }) => ({
    annotations: cdiAnnotation(annotationPlugin, resource, qualified(names)),
  }),
  'cdi-inline': (names, style) => {
    const { devices = [] } = byMode['device-nodes'](names, style);
    const { deviceNodes = [], mounts = [] } = style.edits ?? {};
    return {
      devices: [...devices, ...deviceNodes.map(toDevice)],
      mounts: mounts.map(({ hostPath, containerPath, options }) => ({
        hostPath,
        containerPath,
        readOnly: options?.includes('ro') ?? false,
      })),
    };
  },
};

function qualified(names: readonly string[]): string[] {
  return names.map((name) => qualifiedName(cxi.cdiKind, name));
}

function toDevice(node: NonNullable<CdiEdits['deviceNodes']>[number]) {
  return {
    containerPath: node.path,
    hostPath: node.hostPath ?? node.path,
    permissions: node.permissions ?? 'rwm',
  };
}

/** A value may hold further equals signs. */
function environment(edits: CdiEdits = {}): Record<string, string> {
  return Object.fromEntries(
    (edits.env ?? []).map((entry) => {
      const end = entry.indexOf('=');
      return [entry.slice(0, end), entry.slice(end + 1)];
    }),
  );
}
