import { hostname } from 'node:os';
import type { Logger } from '@rackwright/core';
import { HostFiles } from '@rackwright/host';
import {
  type ConfigOf,
  HttpEndpoints,
  type HttpReply,
  hostRoot,
  type ServiceContext,
} from '@rackwright/service';
import { Collector } from './collector.ts';
import { expositionContentType } from './exposition.ts';
import type { options } from './options.ts';
import { renderCollection } from './render.ts';
import { telemetryChoice } from './telemetry-choice.ts';

type Config = ConfigOf<typeof options>;

/** The app: serves what the collector reads until its lifetime ends. */
export class Exporter {
  #collector: Collector | undefined;

  /** See `Collector.stuckReads`. */
  get stuckReads(): number {
    return this.#collector?.stuckReads ?? 0;
  }

  async run(context: ServiceContext<Config>): Promise<void> {
    const { config, logger, clock, lifetime, env, metrics, health } = context;
    noteIgnored(config, logger);
    const files = new HostFiles(hostRoot(config.hostRoot, env));
    const node = config.nodeName ?? hostname();
    using collector = new Collector({
      files,
      clock,
      logger,
      node,
      telemetry: telemetryChoice(config.telemetry),
      deadlineMs: config.sourceDeadline,
      requireRetryHandler: config.requireRetryHandler,
      debounceMs: config.debounce,
    });
    for (const part of collector.parts) lifetime.spawn(part.name, (signal) => part.start(signal));
    this.#collector = collector;
    health.addReadiness('host tree', () => {
      const sys = files.root.sys();
      return files.exists(sys) ? { ok: true } : { ok: false, message: `${files.root.path(sys)} is missing` };
    });
    const scrape = async (): Promise<HttpReply> => {
      const own = await metrics.metrics();
      const collection = await collector.collect();
      const text = renderCollection(collection, { node, switchIdMask: config.switchIdMask });
      const body = Buffer.concat([Buffer.from(text + own), collection.telemetry]);
      return { status: 200, contentType: expositionContentType, body };
    };
    const routes = { '/metrics': scrape };
    const http = new HttpEndpoints({ port: config.metricsPort, health, routes, logger, clock, env });
    await http.start(lifetime.signal);
  }
}

/** Flags of the older exporter that a manifest may still carry. */
function noteIgnored(config: Config, logger: Logger): void {
  const given = [
    config.scrapeInterval === undefined ? undefined : '--scrape-interval',
    config.retryHandlerUrl === undefined ? undefined : '--retry-handler-url',
  ].filter((flag) => flag !== undefined);
  if (given.length > 0) {
    logger.info('flags without effect', {
      flags: given,
      remedy: 'leave them out: values are read on scrape',
    });
  }
}
