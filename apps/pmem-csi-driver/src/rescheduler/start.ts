import { aborted } from '@rackwright/core';
import { inClusterConnection, KubeClient } from '@rackwright/kube';
import { containerPath, Registry } from '@rackwright/service';
import type { DriverContext } from '../app.ts';
import { addBuildInfo } from '../build-info.ts';
import { serveMetrics } from '../serve-metrics.ts';
import type { NodeSelector } from './decide.ts';
import { Rescheduler } from './rescheduler.ts';

/** Runs the rescheduler until the lifetime ends; without a node selector there is nothing to decide by. */
export async function startRescheduler(context: DriverContext): Promise<void> {
  const { config, clock, logger, lifetime, env, version, metrics: registry } = context;
  const { driverName: driver } = config;
  const simple = new Registry();
  addBuildInfo(version, [registry, simple]);
  serveMetrics(context, simple);
  const nodeSelector = JSON.parse(config.nodeSelector) as NodeSelector;
  if (Object.keys(nodeSelector).length === 0) return aborted(lifetime.signal);
  const connection = inClusterConnection({ env, containerRoot: containerPath('/', env), clock });
  const userAgent = `pmem-csi-controller/${version}`;
  const client = lifetime.use(new KubeClient({ connection, clock, logger, userAgent }));
  const rescheduler = new Rescheduler({ client, driver, nodeSelector, clock, logger });
  context.health.addReadiness(rescheduler.name, () => {
    const message = rescheduler.missing();
    return message === undefined ? { ok: true } : { ok: false, message };
  });
  lifetime.spawn(rescheduler.name, (signal) => rescheduler.start(signal));
  await aborted(lifetime.signal);
}
