import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  Lifetime,
  type LogFields,
  type Logger,
  silentLogger,
  systemClock,
  withDeadline,
} from '@rackwright/core';
import { CxiScanner, type RetryHandlerEntry, retryHandlerStatePath } from '@rackwright/hardware-cxi';
import { HostFiles, type HostReader, SystemProcessRunner } from '@rackwright/host';
import { type HostSpec, SimulatedHost } from '@rackwright/simulator';
import { CxiRhLauncher } from '../launcher.ts';
import type { CrashPolicy, Exit } from '../model.ts';
import { ProcFs } from '../proc.ts';
import { StateFile } from '../state-file.ts';
import { StatsMounts } from '../stats-mount.ts';
import { Supervisor } from '../supervisor.ts';

/** What a test decides about its supervisor. */
export interface SuperviseOptions extends Partial<CrashPolicy> {
  readonly conf?: string;
  readonly only?: string;
  readonly stopGraceMs?: number;
  /** The boot the supervisor runs in; default one that nobody knows. */
  readonly bootId?: string;
  /** What the host is read with; default its real files. */
  readonly files?: HostReader;
}

/** A supervisor at work on a simulated host, with real processes. */
export interface Supervised extends AsyncDisposable {
  readonly supervisor: Supervisor;
  readonly state: StateFile;
  readonly log: string[];
  readonly exits: { device: string; exit: Exit; expected: boolean }[];
  /** Resolves when the NIC's entry in the state file is in that state. */
  reaches(device: string, state: RetryHandlerEntry['state']): Promise<RetryHandlerEntry>;
}

/** A simulated host for one test. */
export async function simulate(spec: HostSpec): Promise<SimulatedHost & AsyncDisposable> {
  const folder = mkdtempSync(join(tmpdir(), 'rw-retry-'));
  const host = await SimulatedHost.create(folder, spec);
  return Object.assign(host, {
    [Symbol.asyncDispose]: async () => {
      for (const name of host.hardware.cxi.nics()) {
        if (host.hardware.cxi.retryHandlerPid(name) !== undefined)
          await host.hardware.cxi.killRetryHandler(name).catch(() => undefined);
      }
      rmSync(folder, { recursive: true, force: true });
    },
  });
}

/** Starts a supervisor; disposing it is what SIGTERM does to the app. */
export function supervise(host: SimulatedHost, options: SuperviseOptions = {}): Supervised {
  const clock = systemClock;
  const log: string[] = [];
  const logger = recordingLogger(log);
  const { files = new HostFiles(host.root) } = options;
  const scanner = new CxiScanner({ files, clock, logger, probeIntervalMs: 20 });
  const state = new StateFile({ files, bootId: options.bootId, clock, logger });
  const table = new ProcFs();
  const mounts = new StatsMounts(host.root, new SystemProcessRunner(clock), logger);
  const { conf = '', onCrash = 'markUnhealthy', maxRestarts = 10, stopGraceMs = 5000, only } = options;
  const command = {
    ...{ root: host.root, program: '/usr/bin/cxi_rh', conf },
    ...{ mountNamespace: undefined, nodeRoot: '/' },
  };
  const exits: Supervised['exits'] = [];
  const supervisor = new Supervisor({
    launcher: new CxiRhLauncher({ command, files, mounts, table, clock, logger, env: process.env }),
    onExit: (device, exit, expected) => exits.push({ device, exit, expected }),
    policy: { onCrash, maxRestarts },
    ...{ scanner, mounts, state, table, conf, only, stopGraceMs, clock, logger },
  });
  const lifetime = new Lifetime();
  for (const part of [scanner, supervisor]) lifetime.spawn(part.name, (signal) => part.start(signal));
  return {
    supervisor,
    state,
    log,
    exits,
    reaches: (device, wanted) => reaches(host, device, wanted),
    [Symbol.asyncDispose]: () => lifetime[Symbol.asyncDispose](),
  };
}

/** Waits until the state file names that state for the NIC. */
export async function reaches(
  host: SimulatedHost,
  device: string,
  state: RetryHandlerEntry['state'],
): Promise<RetryHandlerEntry> {
  return await eventually(`${device} is ${state}`, () => {
    const entry = stateOf(host, device);
    return entry?.state === state ? entry : undefined;
  });
}

/** The NIC's entry in the state file now. */
export function stateOf(host: SimulatedHost, device: string): RetryHandlerEntry | undefined {
  try {
    const text = readFileSync(host.root.path(retryHandlerStatePath), 'utf8');
    const state = JSON.parse(text) as { handlers: RetryHandlerEntry[] };
    return state.handlers.find((entry) => entry.device === device);
  } catch {
    return undefined;
  }
}

/** Asks until there is an answer other than undefined and false. */
export async function eventually<T>(what: string, ask: () => T | undefined | false): Promise<T> {
  return await withDeadline(systemClock, 15_000, what, async (signal) => {
    for (;;) {
      const answer = ask();
      if (answer !== undefined && answer !== false) return answer;
      await systemClock.sleep(10, signal);
    }
  });
}

function recordingLogger(lines: string[], fields: LogFields = {}): Logger {
  const write =
    (level: string) =>
    (message: string, more: LogFields = {}): void => {
      lines.push(`${level} ${message} ${JSON.stringify({ ...fields, ...more })}`);
    };
  return {
    ...silentLogger,
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
    child: (more) => recordingLogger(lines, { ...fields, ...more }),
  };
}
