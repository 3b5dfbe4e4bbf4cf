import type { Event } from '@rackwright/kube';

/** The one of `events` that happened last and has one of the reasons. */
export function newestEvent(events: readonly Event[], reasons: readonly string[]): Event | undefined {
  let newest: Event | undefined;
  for (const event of events) {
    if (!reasons.includes(event.reason ?? '')) continue;
    if (newest === undefined || happenedAt(event) > happenedAt(newest)) newest = event;
  }
  return newest;
}

function happenedAt({ series, deprecatedLastTimestamp, eventTime, metadata }: Event): number {
  const text =
    series?.lastObservedTime ?? deprecatedLastTimestamp ?? eventTime ?? metadata?.creationTimestamp ?? '';
  return Date.parse(text) || 0;
}
