/** What the container runtime knows about one container. Times are milliseconds since the epoch. */
export interface ContainerRecord {
  readonly id: string;
  readonly podUid: string;
  readonly name: string;
  readonly image: string;
  /** How many containers of that name the pod had before. */
  readonly attempt: number;
  readonly state: 'created' | 'running' | 'exited';
  readonly createdAt: number;
  readonly startedAt?: number;
  readonly finishedAt?: number;
  readonly exitCode?: number;
  /** `Completed`, `Error`, `StartError` or `ContainerStatusUnknown`. */
  readonly reason?: string;
  /** Termination message. */
  readonly message?: string;
  readonly logFile: string;
}

/** How the kubelet and kubectl name a container of this runtime. */
export function containerId(record: ContainerRecord): string {
  return `rackwright://${record.id}`;
}

/** The newest container of a name. */
export function newest(records: readonly ContainerRecord[], name: string): ContainerRecord | undefined {
  return records
    .filter((one) => one.name === name)
    .reduce<ContainerRecord | undefined>(
      (best, one) => (best === undefined || one.attempt >= best.attempt ? one : best),
      undefined,
    );
}
