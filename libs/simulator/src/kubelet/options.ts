/** The kubelet's periods, in milliseconds. Tests and demos shorten them. */
export interface KubeletTimings {
  /** How often the node's status is computed; default 10 s. */
  readonly nodeStatusMs: number;
  /** An unchanged node status is sent again after this; default 5 min. */
  readonly nodeStatusReportMs: number;
  /** How often the API server's pod statuses are compared with the own ones and put right; default 10 s. */
  readonly statusSyncMs: number;
  /** How long the node's Lease is good for; renewed four times as often. Default 40 s. */
  readonly leaseMs: number;
  /** How often a pod is looked at when nothing happens, and its projected volumes are refreshed; default 60 s. */
  readonly syncMs: number;
  /** How often drivers are asked how the volumes of pods are; default 60 s. */
  readonly volumeStatsMs: number;
  /** First wait before a crashed container starts again; doubles each time. Default 10 s. */
  readonly crashBackOffMs: number;
  /** Longest such wait; default 5 min. */
  readonly crashBackOffMaxMs: number;
  /** A container that ran this long starts from the first wait again; default 10 min. */
  readonly crashResetMs: number;
  /** First wait before an image is tried again; doubles up to 5 min. Default 10 s. */
  readonly imageBackOffMs: number;
}

/** What the real kubelet does when nothing is configured. */
export const defaultTimings: KubeletTimings = {
  nodeStatusMs: 10_000,
  nodeStatusReportMs: 300_000,
  statusSyncMs: 10_000,
  leaseMs: 40_000,
  syncMs: 60_000,
  volumeStatsMs: 60_000,
  crashBackOffMs: 10_000,
  crashBackOffMaxMs: 300_000,
  crashResetMs: 600_000,
  imageBackOffMs: 10_000,
};
