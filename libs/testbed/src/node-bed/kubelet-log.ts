/** What a kubelet's log says of a device plugin, from V(2) on (kubelet 1.36, pkg/kubelet/cm/devicemanager). */
export interface PluginNote {
  /** `serving`: the registration server starts; `registered`: a plugin came; `listed`: it sent its devices. */
  readonly kind: 'serving' | 'registered' | 'listed' | 'lost';
  /** Name of the resource; empty for `serving`. */
  readonly resource: string;
  /** Milliseconds since the beginning of the year, as precise as the log. */
  readonly atMs: number;
}

const kinds: Readonly<Record<string, PluginNote['kind']>> = {
  'Starting device plugin registration server': 'serving',
  'Got registration request from device plugin with resource': 'registered',
  'State pushed for device plugin': 'listed',
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
    return [{ kind, resource, atMs: startOfDay + ofDay }];
  });
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
