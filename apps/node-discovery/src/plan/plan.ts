import { createHash } from 'node:crypto';
import { compareText } from '@rackwright/core';
import { discovery } from '@rackwright/keys';
import type { Discovered } from '../labels/discover.ts';
import type { Labels } from '../labels/label-value.ts';
import type { ObservedNode } from '../node/observed-node.ts';
import { type Absences, settle } from './settle.ts';

/** What this program wants of the Node's metadata; everything else there is others'. */
export interface NodeMetadata {
  readonly labels: Labels;
  readonly annotations: Labels;
}

/** Everything a publication is decided from. */
export interface PlanInput {
  readonly discovered: Discovered;
  readonly node: ObservedNode;
  readonly absences: Absences;
  /** Whether all of it is to be written, be it there already. */
  readonly reassert: boolean;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** Labels that stay although their hardware is gone. */
  readonly kept?: readonly string[];
  /** The NodeFeature the labels are published by; absent: they are written on the Node. */
  readonly feature?: FeatureState;
}

/** What is known of the own NodeFeature. */
export interface FeatureState {
  readonly labels: Labels;
  /** Whether it is there for so long that labels nobody made of it were refused. */
  readonly isOverdue: boolean;
}

/** What to write, and what to remember until the next look. */
export interface Plan {
  /** Absent when the Node says it all. */
  readonly apply?: NodeMetadata;
  readonly absences: Absences;
  /** Labels that are the hardware's, and are not written because somebody else says otherwise. */
  readonly conflicts: readonly string[];
  /** All labels that are published, on the Node or by the NodeFeature. */
  readonly labels: Labels;
}

const { annotation, nfdDomain, ownDomain } = discovery;

/** Decides what the Node shall say after one look at the host. Pure. */
export function planPublication(input: PlanInput): Plan {
  return input.feature === undefined ? planLabels(input) : planBehindFeature(input, input.feature);
}

/** The labels that this program has on the Node or, where one is, in its NodeFeature. Pure. */
export function ownLabelsOf({ node, feature }: Pick<PlanInput, 'node' | 'feature'>): Labels {
  return { ...feature?.labels, ...pick(node.labels, node.ownLabels) };
}

function planLabels(input: PlanInput): Plan {
  const { discovered, node, absences, reassert, now, kept } = input;
  const settled = settle(discovered, ownLabelsOf(input), absences, kept);
  const conflicts = Object.keys(settled.labels).filter((key) => isContested(key, settled.labels[key], node));
  const labels = Object.fromEntries(
    Object.entries(settled.labels).filter(([key]) => !conflicts.includes(key)),
  );
  const remembered = { absences: settled.absences, conflicts, labels };
  const isUnknown = Object.values(discovered.parts).every(({ unread }) => unread.length > 0);
  if (isUnknown && node.ownLabels.size === 0) return remembered;
  const annotations = annotationsOf(labels, discovered, node, now);
  const wanted = { labels, annotations };
  return reassert || !isSaid(wanted, node) ? { ...remembered, apply: wanted } : remembered;
}

/**
 * With a NodeFeature the Node keeps a label of ours until it is another's too,
 * so that none is missing in between; and gets those in our own domain that
 * nobody made of the NodeFeature.
 */
function planBehindFeature(input: PlanInput, feature: FeatureState): Plan {
  const { discovered, node, absences, kept } = input;
  const settled = settle(discovered, ownLabelsOf(input), absences, kept);
  const isKept = (key: string): boolean =>
    !node.foreignLabels.has(key) &&
    (node.ownLabels.has(key) || (feature.isOverdue && key.startsWith(ownDomain)));
  const labels = Object.fromEntries(Object.entries(settled.labels).filter(([key]) => isKept(key)));
  const wanted = { labels, annotations: {} };
  return { ...settled, conflicts: [], ...(isSaid(wanted, node) ? {} : { apply: wanted }) };
}

/** Labels of others' domains are never taken over: who has another value there keeps it. */
function isContested(key: string, value: string | undefined, node: ObservedNode): boolean {
  return key.startsWith(nfdDomain) && node.foreignLabels.has(key) && node.labels[key] !== value;
}

function annotationsOf(labels: Labels, discovered: Discovered, node: ObservedNode, now: number): Labels {
  const devices = devicesOf(labels, discovered, node);
  const content = JSON.stringify([Object.entries(labels).sort(([a], [b]) => compareText(a, b)), devices]);
  const hash = createHash('sha256').update(content).digest('hex').slice(0, 16);
  const time = node.annotations[annotation.time];
  const isSame = node.annotations[annotation.hash] === hash && time !== undefined;
  return {
    ...(devices !== undefined && { [annotation.ai100Devices]: devices }),
    [annotation.hash]: hash,
    [annotation.time]: isSame ? time : `${new Date(now).toISOString().slice(0, 19)}Z`,
  };
}

/** The annotation stays with the label of its disks. */
function devicesOf(
  labels: Labels,
  { parts, ai100Devices }: Discovered,
  { annotations }: ObservedNode,
): string | undefined {
  if (labels[discovery.label.ai100.present] === undefined) return undefined;
  const isFound = parts.ai100.unread.length === 0 && ai100Devices !== undefined;
  return isFound ? ai100Devices : annotations[annotation.ai100Devices];
}

/** Whether the Node has what is wanted, and nothing of this program's beside it. */
function isSaid({ labels, annotations }: NodeMetadata, node: ObservedNode): boolean {
  return (
    hasAll(node.labels, labels) &&
    hasAll(node.annotations, annotations) &&
    [...node.ownLabels].every((key) => Object.hasOwn(labels, key)) &&
    [...node.ownAnnotations].every((key) => Object.hasOwn(annotations, key))
  );
}

function hasAll(have: Labels, wanted: Labels): boolean {
  return Object.entries(wanted).every(([key, value]) => have[key] === value);
}

function pick(labels: Labels, keys: ReadonlySet<string>): Labels {
  return Object.fromEntries(Object.entries(labels).filter(([key]) => keys.has(key)));
}
