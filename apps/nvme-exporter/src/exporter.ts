import { hostname } from 'node:os';
import { defaultAi100Pattern } from '@rackwright/hardware-nvme';
import { HostFiles, HostRoot, SystemProcessRunner } from '@rackwright/host';
import { rackwright } from '@rackwright/keys';
import { HttpEndpoints, hostRoot, type ServiceContext } from '@rackwright/service';
import { HostTools, NvmeCli, type ToolEntry } from '@rackwright/storage';
import { Answers, index } from './answers.ts';
import { Collector } from './collect/collector.ts';
import { createHandshaker } from './handshake/create.ts';
import { inventoryDigest } from './handshake/inventory.ts';
import type { ExporterConfig } from './options.ts';

type Context = ServiceContext<ExporterConfig>;

/** Room for what the device plugin says of as many drives as a node may have. */
const maxFileBytes = 512 * 1024;

/** The app: looks at the drives and serves what it found until its lifetime ends. */
export class Exporter {
  #collector: Collector | undefined;

  /** See `Collector.stuckReads`. */
  get stuckReads(): number {
    return this.#collector?.stuckReads ?? 0;
  }

  async run(context: Context): Promise<void> {
    const { config, logger, clock, lifetime, env, metrics, health, version } = context;
    const collector = createCollector(context);
    this.#collector = collector;
    health.addReadiness('drives', () =>
      collector.newest.value === undefined
        ? { ok: false, message: 'the drives were not looked at yet' }
        : { ok: true },
    );
    const node = config.nodeName ?? hostname();
    const handshaker = createHandshaker(context, () => {
      const { value } = collector.newest;
      return value && { node, version, inventoryDigest: inventoryDigest(value) };
    });
    const answers = new Answers({
      ...{ node, version },
      commit: env.RACKWRIGHT_COMMIT ?? 'unknown',
      showPods: config.showPods,
      handshakeUp: () => handshaker?.isUp,
    });
    const http = new HttpEndpoints({
      port: config.listen,
      routes: {
        '/': () => index,
        '/metrics': async ({ accept }) =>
          answers.metrics(collector.newest.value, await metrics.metrics(), accept === 'openmetrics'),
        '/nvme': () => answers.document(collector.newest.value),
      },
      ...{ health, logger, clock, env },
    });
    lifetime.spawn(collector.name, (signal) => collector.start(signal));
    if (handshaker !== undefined) lifetime.spawn(handshaker.name, (signal) => handshaker.start(signal));
    await http.start(lifetime.signal);
  }
}

function createCollector({ config, logger, clock, env }: Context): Collector {
  const root = withSysfs(hostRoot(config.hostRoot, env), config.sysfs);
  const tools = new HostTools({
    runner: new SystemProcessRunner(clock),
    root,
    entry: toolEntry(config, env),
  });
  return new Collector({
    files: new HostFiles(root, { maxBytes: maxFileBytes }),
    nvme: new NvmeCli(tools, { deadlineMs: config.timeout }),
    ...{ clock, logger },
    source: config.source,
    intervalMs: config.interval,
    scope: config.allDisk ? 'AllDisk' : config.allNvme ? 'AllNvme' : 'Managed',
    deviceLabel: config.deviceLabel,
    mountPath: config.mount,
    rule: {
      match: config.match,
      modelPattern: new RegExp(config.modelPattern || defaultAi100Pattern, 'i'),
      pciVendors: config.pciVendors.map((vendor) => vendor.toLowerCase()),
      allowSerials: [],
      denySerials: [],
    },
    firmware: config.firmware,
  });
}

function withSysfs(root: HostRoot, sysfs: string | undefined): HostRoot {
  return sysfs === undefined ? root : new HostRoot(root.prefix, new Map([[root.sys(), sysfs]]));
}

/** The host's own nvme-cli is run where its devices are; of a simulated host, or of the one this process runs on, as it is. */
function toolEntry({ hostRoot: at, nodeRoot }: ExporterConfig, env: NodeJS.ProcessEnv): ToolEntry {
  const isSimulated = nodeRoot !== '/' || env[rackwright.env.sandboxRoot] !== undefined;
  return isSimulated || at === '/' ? 'tree' : 'pid1';
}
