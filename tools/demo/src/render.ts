import { type Section, sectionLines } from './section.ts';
import type { ClusterStatus } from './status.ts';

/** How much the view shows. */
export interface RenderOptions {
  /** Last events shown. */
  readonly events: number;
}

/** The status as lines of text. */
export function render(status: ClusterStatus, options: RenderOptions): string[] {
  const sections: readonly Section[] = [
    { title: 'NODES', header: nodeHeader(status), rows: nodeRows(status) },
    ...status.sections,
    { title: 'PODS', header: ['NAME', 'NODE', 'PHASE', 'READY', 'RESTARTS'], rows: podRows(status) },
    {
      title: 'LAST EVENTS',
      header: ['TIME', 'TYPE', 'REASON', 'OBJECT', 'NOTE'],
      rows: eventRows(status).slice(-options.events),
    },
  ];
  return sections.flatMap(sectionLines);
}

function nodeHeader({ resources }: ClusterStatus): string[] {
  return ['NAME', 'READY', ...resources.flatMap((name) => [`${name} CAPACITY`, 'ALLOCATABLE'])];
}

function nodeRows({ nodes }: ClusterStatus): string[][] {
  return nodes.map(({ name, ready, amounts }) => [
    name,
    ready ? 'yes' : 'no',
    ...amounts.flatMap(({ capacity, allocatable }) => [capacity, allocatable]),
  ]);
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
