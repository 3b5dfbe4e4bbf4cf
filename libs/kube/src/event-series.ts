import { fitName, maxNameLength } from '@rackwright/core';
import { microTime } from './micro-time.ts';
import type { Event, ObjectReference } from './types/index.ts';

/** What an event is about. */
export interface Regarding {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  /** Absent for cluster-scoped objects. */
  readonly namespace?: string;
  readonly uid?: string;
}

/** What is told. */
export interface EventNote {
  readonly type: 'Normal' | 'Warning';
  /** One word in CamelCase; see libs/keys. */
  readonly reason: string;
  /** One sentence; cut at 1024 bytes. */
  readonly message: string;
  /** What was done or tried, in CamelCase; default is the reason. */
  readonly action?: string;
}

/** Who tells it. */
export interface Reporter {
  readonly component: string;
  readonly instance: string;
}

/** Occurrences of one event, told as one object that counts. */
export interface EventSeries {
  readonly regarding: Regarding;
  readonly note: EventNote;
  readonly firstMs: number;
  lastMs: number;
  count: number;
  /** Name of the event object: fixed before the first try, so that a repeated try makes no second one. */
  name: string;
  /** The server has the object. */
  created: boolean;
  /** Count and time (monotonic) of what the server knows. */
  sentCount: number;
  sentAt: number;
  /** Waits to be written, or is being written. */
  queued: boolean;
  timer?: Disposable;
}

/** Events that differ in none of these are repetitions of one another. */
export function seriesKey(regarding: Regarding, note: EventNote): string {
  const { apiVersion, kind, name, namespace, uid } = regarding;
  return JSON.stringify([
    apiVersion,
    kind,
    name,
    namespace,
    uid,
    note.type,
    note.reason,
    note.action,
    note.message,
  ]);
}

/** Events live beside what they regard; those about cluster-scoped objects in `default`. */
export function eventNamespace(regarding: Regarding): string {
  return regarding.namespace ?? 'default';
}

/** The `series` field: absent until something happened twice. */
export function seriesField(series: EventSeries): { series?: NonNullable<Event['series']> } {
  if (series.count < 2) return {};
  return { series: { count: series.count, lastObservedTime: microTime(series.lastMs) } };
}

/** `suffix` must be new for every event; the name starts with that of the object for people to read. */
export function eventName(regarding: Regarding, suffix: string): string {
  return `${fitName(regarding.name, maxNameLength - suffix.length - 1)}.${suffix}`;
}

/** The object to create (events.k8s.io/v1, limits from its validation). */
export function eventObject(series: EventSeries, reporter: Reporter): Event {
  const { regarding, note } = series;
  const reference: ObjectReference = { ...regarding };
  return {
    metadata: { name: series.name, namespace: eventNamespace(regarding) },
    eventTime: microTime(series.firstMs),
    type: note.type,
    reason: note.reason.slice(0, 128),
    action: (note.action ?? note.reason).slice(0, 128),
    note: cutBytes(note.message, 1024),
    regarding: reference,
    reportingController: reporter.component,
    reportingInstance: reporter.instance.slice(0, 128),
    ...seriesField(series),
  };
}

/** The longest start of `text` that fits into `max` bytes of UTF-8. */
function cutBytes(text: string, max: number): string {
  if (Buffer.byteLength(text) <= max) return text;
  const room = max - Buffer.byteLength('…');
  return `${Buffer.from(text).subarray(0, room).toString('utf8').replace(/�+$/, '')}…`;
}
