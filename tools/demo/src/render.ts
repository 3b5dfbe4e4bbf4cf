import type { ClusterStatus } from './status.ts';
import { table } from './table.ts';

/** How much the view shows. */
export interface RenderOptions {
  /** Last events shown. */
  readonly events: number;
}

/** The status as lines of text. */
export function render(status: ClusterStatus, options: RenderOptions): string[] {
  return [
    ...section('NODES', ['NAME', 'READY', 'hpe.com/cxi CAPACITY', 'ALLOCATABLE'], nodeRows(status)),
    ...section(
      'CXIDEVICES',
      ['NAME', 'TYPE', 'CASSINI', 'NUMA', 'NID', 'SPEED', 'LINK', 'HEALTH', 'MESSAGE'],
      deviceRows(status),
    ),
    ...section('CXIDRIVERS', ['NAME', 'VERSION', 'READY', 'REASON', 'MESSAGE'], driverRows(status)),
    ...section('PODS', ['NAME', 'NODE', 'PHASE', 'READY', 'RESTARTS'], podRows(status)),
    ...section(
      'LAST EVENTS',
      ['TIME', 'TYPE', 'REASON', 'OBJECT', 'NOTE'],
      eventRows(status).slice(-options.events),
    ),
  ];
}

function section(title: string, header: readonly string[], rows: readonly (readonly string[])[]): string[] {
  return [title, ...table(header, rows).map((line) => `  ${line}`), ''];
}

function nodeRows(status: ClusterStatus): string[][] {
  return status.nodes.map((node) => [node.name, node.ready ? 'yes' : 'no', node.capacity, node.allocatable]);
}

function deviceRows(status: ClusterStatus): string[][] {
  return status.devices.map(({ metadata, status: s }) => [
    metadata?.name ?? '',
    s?.type ?? '-',
    String(s?.cassiniGeneration ?? '-'),
    String(s?.numaNode ?? '-'),
    String(s?.nid ?? '-'),
    s?.linkSpeed ?? '-',
    s?.linkState ?? '-',
    s?.health?.status ?? '-',
    s?.health?.message ?? '',
  ]);
}

function driverRows(status: ClusterStatus): string[][] {
  return status.drivers.map(({ metadata, spec, status: s }) => {
    const ready = s?.conditions?.find((condition) => condition.type === 'Ready');
    return [
      metadata?.name ?? '',
      spec.version,
      ready?.status ?? '-',
      ready?.reason ?? '-',
      ready?.message ?? '',
    ];
  });
}

function podRows(status: ClusterStatus): string[][] {
  return status.pods.map((pod) => [pod.name, pod.node, pod.phase, pod.ready, String(pod.restarts)]);
}

function eventRows(status: ClusterStatus): string[][] {
  return status.events.map((event) => [
    event.at.slice(11, 19),
    event.type,
    event.reason,
    event.about,
    event.note,
  ]);
}
