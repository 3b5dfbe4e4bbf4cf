/** How one reconcile ended. */
export type ReconcileOutcome = 'success' | 'requeued' | 'error' | 'terminal';

/** Why a watch was opened again. */
export type WatchRestart = 'closed' | 'gone' | 'error';

/** Where controllers and informers report; apps back it with their metrics registry. */
export interface ControllerMetrics {
  reconciled(controller: string, outcome: ReconcileOutcome, durationMs: number): void;
  queueDepth(controller: string, depth: number): void;
  retried(controller: string): void;
  cachedObjects(informer: string, count: number): void;
  watchRestarted(informer: string, cause: WatchRestart): void;
}
