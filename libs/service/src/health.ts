import { type Clock, errorMessage, formatDuration, withDeadline } from '@rackwright/core';

/** What a check found. */
export interface CheckResult {
  readonly ok: boolean;
  /** Why not, or what was seen; one line. */
  readonly message?: string;
}

/** A check with its history. */
export interface CheckState {
  readonly name: string;
  readonly ok: boolean;
  readonly message?: string;
  /** Milliseconds since it last turned from good to bad or back. */
  readonly ageMs: number;
  /** The newest failure, also after recovery. */
  readonly lastError?: { readonly message: string; readonly ageMs: number };
}

export interface HealthReport {
  readonly ok: boolean;
  readonly checks: readonly CheckState[];
}

export interface HealthOptions {
  readonly clock: Clock;
  /** A check that takes longer counts as failed. Default 2000. */
  readonly checkTimeoutMs?: number;
}

type Check = () => CheckResult | Promise<CheckResult>;

/**
 * The checks behind `/healthz` (liveness: shall the container be restarted?)
 * and `/readyz` (readiness: does it do its job?). Every check runs anew for
 * each request; requests that come while it runs share its result.
 */
export class HealthChecks {
  readonly #liveness: TrackedCheck[] = [];
  readonly #readiness: TrackedCheck[] = [];
  readonly #options: Required<HealthOptions>;

  constructor(options: HealthOptions) {
    this.#options = { checkTimeoutMs: 2000, ...options };
  }

  addLiveness(name: string, check: Check): void {
    this.#liveness.push(new TrackedCheck(name, check, this.#options));
  }

  addReadiness(name: string, check: Check): void {
    this.#readiness.push(new TrackedCheck(name, check, this.#options));
  }

  /** The checks so far; what is added to the copy ends with it. */
  copy(): HealthChecks {
    const copy = new HealthChecks(this.#options);
    copy.#liveness.push(...this.#liveness);
    copy.#readiness.push(...this.#readiness);
    return copy;
  }

  live(): Promise<HealthReport> {
    return report(this.#liveness);
  }

  ready(): Promise<HealthReport> {
    return report(this.#readiness);
  }
}

async function report(checks: readonly TrackedCheck[]): Promise<HealthReport> {
  const states = await Promise.all(checks.map((check) => check.state()));
  return { ok: states.every((state) => state.ok), checks: states };
}

/** Every check on its own line with its age and last error, as `?verbose` shows it. */
export function formatHealth(health: HealthReport): string {
  const lines = health.checks.map((check) => {
    const mark = check.ok ? '[+]' : '[-]';
    const message = check.message === undefined ? '' : `: ${check.message}`;
    const error = check.lastError;
    const last =
      error === undefined || !check.ok ? '' : ` (last error ${formatAge(error.ageMs)} ago: ${error.message})`;
    return `${mark} ${check.name} ${check.ok ? 'ok' : 'failed'} for ${formatAge(check.ageMs)}${message}${last}`;
  });
  return [...lines, health.ok ? 'ok' : 'failed', ''].join('\n');
}

function formatAge(ms: number): string {
  return formatDuration(ms < 1000 ? ms : Math.round(ms / 1000) * 1000);
}

class TrackedCheck {
  readonly name: string;
  readonly #check: Check;
  readonly #options: Required<HealthOptions>;
  #running: Promise<CheckResult> | undefined;
  #ok: boolean | undefined;
  #since = 0;
  #lastError: { message: string; at: number } | undefined;

  constructor(name: string, check: Check, options: Required<HealthOptions>) {
    this.name = name;
    this.#check = check;
    this.#options = options;
  }

  async state(): Promise<CheckState> {
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
    });
    const result = await this.#running;
    const now = this.#options.clock.monotonic();
    const error = this.#lastError;
    return {
      name: this.name,
      ok: result.ok,
      ...(result.message === undefined ? {} : { message: result.message }),
      ageMs: now - this.#since,
      ...(error === undefined ? {} : { lastError: { message: error.message, ageMs: now - error.at } }),
    };
  }

  async #run(): Promise<CheckResult> {
    const { clock, checkTimeoutMs } = this.#options;
    let result: CheckResult;
    try {
      result = await withDeadline(clock, checkTimeoutMs, this.name, async () => this.#check());
    } catch (error) {
      result = { ok: false, message: errorMessage(error) };
    }
    const now = clock.monotonic();
    if (result.ok !== this.#ok) this.#since = now;
    this.#ok = result.ok;
    if (!result.ok) this.#lastError = { message: result.message ?? 'failed', at: now };
    return result;
  }
}
