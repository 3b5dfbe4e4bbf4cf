import { type CdiSpec, cdiVersions, minimumVersion } from './spec.ts';

type Fields = Readonly<Record<string, unknown>>;

/** Hook names of the OCI runtime specification. */
const hookNames = new Set([
  'prestart',
  'createRuntime',
  'createContainer',
  'startContainer',
  'poststart',
  'poststop',
]);

/**
 * Says what is wrong with a specification, one line per finding with the path
 * of the field; empty if nothing is. The rules are those of the CDI library
 * (pkg/cdi/spec.go, container-edits.go, pkg/parser), and absolute paths.
 */
export function checkCdiSpec(value: unknown): string[] {
  if (!isFields(value)) return ['the specification is not a mapping'];
  const { kind, devices, cdiVersion } = value;
  const problems = [
    ...(isKind(kind) ? [] : [`kind: ${show(kind)} is not vendor/class`]),
    ...checkDevices(devices),
    ...checkEdits(value.containerEdits, 'containerEdits'),
  ];
  if (problems.length > 0) return problems;
  return checkVersion(cdiVersion, minimumVersion(value as unknown as CdiSpec));
}

function checkVersion(version: unknown, needed: string): string[] {
  const known: readonly string[] = cdiVersions;
  const rank = known.indexOf(String(version));
  if (rank < 0) return [`cdiVersion: ${show(version)} is not known`];
  return rank < known.indexOf(needed) ? [`cdiVersion: must be at least ${needed}`] : [];
}

function checkDevices(devices: unknown): string[] {
  if (!Array.isArray(devices) || devices.length === 0) return ['devices: there is none'];
  const seen = new Set<unknown>();
  return devices.flatMap((device: unknown, i) => {
    const at = `devices[${i}]`;
    if (!isFields(device)) return [`${at}: is not a mapping`];
    const { name, containerEdits } = device;
    const twice = seen.size === seen.add(name).size;
    return [
      ...(isDeviceName(name) ? [] : [`${at}.name: ${show(name)} is not a device name`]),
      ...(twice ? [`${at}.name: ${show(name)} is there twice`] : []),
      ...(isFields(containerEdits) && Object.keys(containerEdits).length > 0
        ? checkEdits(containerEdits, `${at}.containerEdits`)
        : [`${at}.containerEdits: is empty`]),
    ];
  });
}

function checkEdits(edits: unknown, at: string): string[] {
  if (edits === undefined) return [];
  if (!isFields(edits)) return [`${at}: is not a mapping`];
  return [
    ...each(edits.env, `${at}.env`, (entry, path) =>
      typeof entry === 'string' && entry.indexOf('=') > 0
        ? []
        : [`${path}: ${show(entry)} is not NAME=VALUE`],
    ),
    ...each(edits.deviceNodes, `${at}.deviceNodes`, checkNode),
    ...each(edits.mounts, `${at}.mounts`, checkMount),
    ...each(edits.hooks, `${at}.hooks`, checkHook),
  ];
}

function checkNode(node: unknown, at: string): string[] {
  if (!isFields(node)) return [`${at}: is not a mapping`];
  const { permissions } = node;
  const wrong = permissions !== undefined && !/^([rwm]+|none)$/.test(String(permissions));
  return [
    ...absolute(node.path, `${at}.path`),
    ...(node.hostPath === undefined ? [] : absolute(node.hostPath, `${at}.hostPath`)),
    ...(wrong ? [`${at}.permissions: ${show(permissions)} is not made of r, w and m`] : []),
  ];
}

function checkMount(mount: unknown, at: string): string[] {
  if (!isFields(mount)) return [`${at}: is not a mapping`];
  return [
    ...absolute(mount.hostPath, `${at}.hostPath`),
    ...absolute(mount.containerPath, `${at}.containerPath`),
    ...each(mount.options, `${at}.options`, (option, path) =>
      typeof option === 'string' && option !== '' ? [] : [`${path}: is not a mount option`],
    ),
  ];
}

function checkHook(hook: unknown, at: string): string[] {
  if (!isFields(hook)) return [`${at}: is not a mapping`];
  return [
    ...(hookNames.has(String(hook.hookName)) ? [] : [`${at}.hookName: ${show(hook.hookName)} is not known`]),
    ...absolute(hook.path, `${at}.path`),
  ];
}

function each(list: unknown, at: string, check: (entry: unknown, at: string) => string[]): string[] {
  if (list === undefined) return [];
  if (!Array.isArray(list)) return [`${at}: is not a list`];
  return list.flatMap((entry: unknown, i) => check(entry, `${at}[${i}]`));
}

function absolute(path: unknown, at: string): string[] {
  const fine = typeof path === 'string' && path.startsWith('/') && !path.includes('\0');
  return fine ? [] : [`${at}: ${show(path)} is not an absolute path`];
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isKind(kind: unknown): kind is string {
  return (
    typeof kind === 'string' && /^[A-Za-z]([\w.-]*[A-Za-z0-9])?\/[A-Za-z]([\w.-]*[A-Za-z0-9])?$/.test(kind)
  );
}

function isDeviceName(name: unknown): name is string {
  return typeof name === 'string' && /^[A-Za-z0-9]([\w.:-]*[A-Za-z0-9])?$/.test(name);
}

function show(value: unknown): string {
  return (JSON.stringify(value) ?? 'nothing').slice(0, 80);
}
