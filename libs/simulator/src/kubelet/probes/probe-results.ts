/** What a probe says of a container. */
export type ProbeResult = 'success' | 'failure' | 'unknown';

export type ProbeKind = 'startup' | 'liveness' | 'readiness';

export const probeKinds: readonly ProbeKind[] = ['startup', 'liveness', 'readiness'];

/** The settled results of each kind, by container id. */
export type ProbeResults = Readonly<Record<ProbeKind, ReadonlyMap<string, ProbeResult>>>;
