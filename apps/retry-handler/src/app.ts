import { aborted, HwError } from '@rackwright/core';
import { CxiScanner, RetryHandlerStatsReader } from '@rackwright/hardware-cxi';
import { HostFiles, HostRoot, SystemProcessRunner } from '@rackwright/host';
import {
  type ConfigOf,
  containerPath,
  HttpEndpoints,
  hostRoot,
  jsonReply,
  type ServiceContext,
  watchHost,
} from '@rackwright/service';
import { addChecks } from './checks.ts';
import { type CommandOptions, handlerConf, hostPath } from './command.ts';
import { isServed } from './entries.ts';
import { hugePagesForbidden } from './huge-pages.ts';
import { CxiRhLauncher } from './launcher.ts';
import { createSupervisorMetrics } from './metrics.ts';
import { hostMountNamespace } from './mount-namespace.ts';
import type { options } from './options.ts';
import { ProcFs } from './proc.ts';
import { StateFile } from './state-file.ts';
import { readStats } from './stats.ts';
import { StatsMounts } from './stats-mount.ts';
import { status } from './status.ts';
import { Supervisor } from './supervisor.ts';

/** Mounts read, or hanging, at once: below the number of threads `main.ts` asks for. */
const statsAtOnce = 12;

type Context = ServiceContext<ConfigOf<typeof options>>;

/** The retry-handler agent of one node. */
export class RetryHandlerAgent {
  #stats: RetryHandlerStatsReader | undefined;

  /** Reads of statistics that never came back; each keeps a thread in the kernel. */
  get stuckReads(): number {
    return this.#stats?.stuck ?? 0;
  }

  /** Runs the supervisor and its endpoints until the lifetime ends; by then every handler is stopped. */
  async run(context: Context): Promise<void> {
    const { config, logger, clock, lifetime, env, metrics, health } = context;
    const only = onlyDevice(config);
    if (config.discover !== undefined) logger.warn('--discover has no effect: NICs are always discovered');
    const files = new HostFiles(hostRoot(config.hostRoot, env));
    const scanner = new CxiScanner({ files, clock, logger });
    const state = new StateFile({ files, bootId: new ProcFs().bootId(), clock, logger });
    const command = commandOf(context, files.root);
    const supervisor: Supervisor = new Supervisor({
      scanner,
      state,
      ...handlerParts(context, files, command),
      policy: { onCrash: config.onCrash, maxRestarts: config.maxRestarts },
      conf: handlerConf(command),
      stopGraceMs: config.stopGrace,
      only,
      clock,
      logger,
      onExit: createSupervisorMetrics(metrics, () => supervisor.records.value),
    });
    watchHost({ health, metrics, outdated: scanner.outdated });
    addChecks(health, { supervisor, scanned: scanner.scanned, stateProblem: () => state.problem });
    const stats = new RetryHandlerStatsReader({ files, clock, atOnce: statsAtOnce });
    this.#stats = stats;
    const endpoints = new HttpEndpoints({
      port: config.healthPort,
      ...{ health, metrics, logger, clock, env },
      routes: { '/status': statusRoute(supervisor, stats) },
    });
    for (const part of [endpoints, scanner, supervisor]) {
      lifetime.spawn(part.name, (signal) => part.start(signal));
    }
    if (only !== undefined) lifetime.spawn('device', (signal) => requirePhysical(scanner, only, signal));
    await aborted(lifetime.signal);
  }
}

function onlyDevice({ mode, device }: Context['config']): string | undefined {
  if (mode === 'supervisor') return undefined;
  if (device !== undefined) return device;
  throw new HwError('InvalidArgument', '--mode=single needs --device', {
    field: '--device',
    remedy: 'name the NIC, for example --device=cxi0',
  });
}

/** How cxi_rh is called on this node. */
function commandOf({ config, logger, env }: Context, root: HostRoot): CommandOptions {
  return {
    root,
    program: hostPath(config.cxiRhPath, config.hostRoot),
    conf: hostPath(config.conf, config.hostRoot),
    mountNamespace: hostMountNamespace(root, env, logger),
    nodeRoot: config.nodeRoot,
  };
}

/** What starts handlers and looks after their processes. */
function handlerParts(
  { clock, logger, env }: Context,
  files: HostFiles,
  command: CommandOptions,
): Pick<ConstructorParameters<typeof Supervisor>[0], 'launcher' | 'mounts' | 'table'> {
  const table = new ProcFs();
  const mounts = new StatsMounts(files.root, new SystemProcessRunner(clock), logger);
  const own = new HostFiles(new HostRoot(containerPath('/', env)));
  const memoryProblem = (): string | undefined => hugePagesForbidden(own, files);
  return {
    table,
    mounts,
    launcher: new CxiRhLauncher({ command, files, mounts, table, clock, logger, env, memoryProblem }),
  };
}

function statusRoute(supervisor: Supervisor, stats: RetryHandlerStatsReader) {
  return async (): Promise<ReturnType<typeof jsonReply>> => {
    const records = supervisor.records.value;
    const served = records.filter(isServed).map((record) => record.device);
    return jsonReply(status(records, await readStats(stats, served)));
  };
}

/**
 * cxi_rh serves a whole physical NIC.
 *
 * @throws HwError NotFound or Unsupported if the device is no such thing
 */
async function requirePhysical(scanner: CxiScanner, name: string, signal: AbortSignal): Promise<void> {
  const told = scanner.scanned
    .until((done) => done)
    .then(() => scanner.unidentified.until((names) => !names.includes(name)));
  await Promise.race([told, aborted(signal)]);
  if (signal.aborted) return;
  const device = scanner.devices.value.find((nic) => nic.name === name);
  if (device === undefined) throw new HwError('NotFound', `there is no NIC ${name} on this node`);
  if (device.kind === 'vf') {
    throw new HwError('Unsupported', `${name} is a virtual function, which has no retry handler`, {
      remedy: `the handler of ${device.parent ?? 'its physical function'} serves it too`,
    });
  }
}
