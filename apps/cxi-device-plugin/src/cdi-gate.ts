import { Latest } from '@rackwright/core';
import type { CdiFace } from './cdi-face.ts';
import type { Nic } from './model.ts';

/** What is known of the CDI specification. */
export type CdiState = Pick<CdiFace, 'published' | 'failure'>;

/**
 * The NICs, less those that the specification does not name: a runtime that does
 * not know a NIC yet would start the container without it. The others can be
 * given to pods even while the specification cannot be brought up to date.
 */
export function namedByCdi(nics: Latest<readonly Nic[]>, cdi: CdiState): Latest<readonly Nic[]> {
  const gated = (): readonly Nic[] => nics.value.map((nic) => gate(nic, cdi));
  const newest = new Latest(gated());
  for (const part of [nics, cdi.published, cdi.failure]) part.subscribe(() => newest.set(gated()));
  return newest;
}

function gate(nic: Nic, { published, failure }: CdiState): Nic {
  if (!nic.healthy || published.value?.devices.some(({ name }) => name === nic.name)) return nic;
  const message = failure.value ?? 'the CDI specification does not name the NIC yet';
  return { ...nic, healthy: false, reason: 'NotInCdi', message };
}
