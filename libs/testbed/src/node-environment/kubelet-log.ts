/** What a kubelet's log says of a device plugin, from V(2) on (kubelet 1.36, pkg/kubelet/cm/devicemanager). */
export interface PluginNote {
  /**
   * `serving`: the registration server starts; `registered`: a plugin came;
   * `connected`: it was accepted; `listed`: it sent its devices; `counted`: the
   * kubelet took them over; `lost`: it gave up all of them, for no plugin is left.
   */
  readonly kind: 'serving' | 'registered' | 'connected' | 'listed' | 'counted' | 'lost';
  /** Name of the resource; empty for `serving`. */
  readonly resource: string;
  /** Milliseconds since the beginning of the year, as precise as the log. */
  readonly atMs: number;
  /** Of `counted`: how many devices may be allocated. */
  readonly healthy?: number;
}

const kinds: Readonly<Record<string, PluginNote['kind']>> = {
  'Starting device plugin registration server': 'serving',
  'Got registration request from device plugin with resource': 'registered',
  'Device plugin connected': 'connected',
  'State pushed for device plugin': 'listed',
  'Processed device updates for resource': 'counted',
  'Endpoint became unhealthy': 'lost',
};

/** klog's header, message and pairs: `I1126 06:19:27.767958     289 server.go:161] "…" resourceName="…"`. */
const line = /^I(\d\d)(\d\d) (\d\d):(\d\d):(\d\d\.\d{1,6})\s+\d+ \S+\] "([^"]*)"(.*)$/;

/** Reads the notes of a log in their order; lines of other things are passed over. */
export function pluginNotes(log: string): PluginNote[] {
  return log.split('\n').flatMap((text) => {
    const match = line.exec(text);
    if (match === null) return [];
    const [, month, day, hour, minute, second, message = '', pairs = ''] = match;
    const kind = kinds[message];
    if (kind === undefined) return [];
    const resource = /\bresource(?:Name)?="([^"]*)"/.exec(pairs)?.[1] ?? '';
    const startOfDay = Date.UTC(1972, Number(month) - 1, Number(day)) - Date.UTC(1972, 0, 1);
    const ofDay = (Number(hour) * 60 + Number(minute)) * 60_000 + Number(second) * 1000;
    const healthy = /\bhealthyCount=(\d+)/.exec(pairs)?.[1];
    const count = healthy === undefined ? {} : { healthy: Number(healthy) };
    return [{ kind, resource, atMs: startOfDay + ofDay, ...count }];
  });
}

/** Resources of which the kubelet has devices to allocate at the end of `notes`. */
export function offeredResources(notes: readonly PluginNote[]): string[] {
  const last = new Map<string, PluginNote>();
  for (const note of notes)
    if (note.kind === 'counted' || note.kind === 'lost') last.set(note.resource, note);
  return [...last.values()].filter(({ healthy = 0 }) => healthy > 0).map(({ resource }) => resource);
}

/** Notes after which the kubelet had not one device of `resource` to allocate, however short. */
export function withoutDevices(notes: readonly PluginNote[], resource: string): PluginNote[] {
  return notes.filter(
    (note) =>
      note.resource === resource && (note.kind === 'lost' || (note.kind === 'counted' && note.healthy === 0)),
  );
}

/** Whether the kubelet has accepted the newest registration of `resource`. */
export function isConnected(notes: readonly PluginNote[], resource: string): boolean {
  const last = notes.findLast(
    (note) => note.resource === resource && (note.kind === 'registered' || note.kind === 'connected'),
  );
  return last?.kind === 'connected';
}

/**
 * Whether the kubelet that started last has read its pods from the API server. Until it has,
 * up to a second after its start, it still counts the devices of pods that are gone.
 */
export function knowsItsPods(log: string): boolean {
  const start = log.lastIndexOf('"Starting kubelet main sync loop"');
  return start !== -1 && log.includes('"SyncLoop ADD" source="api"', start);
}

/** How long after a kubelet served registrations each resource had sent it its devices, in milliseconds. */
export function registrationTimes(notes: readonly PluginNote[]): ReadonlyMap<string, number> {
  const served = notes.findLast(({ kind }) => kind === 'serving');
  const times = new Map<string, number>();
  if (served === undefined) return times;
  for (const { kind, resource, atMs } of notes.slice(notes.indexOf(served))) {
    if (kind === 'listed' && !times.has(resource)) times.set(resource, atMs - served.atMs);
  }
  return times;
}
