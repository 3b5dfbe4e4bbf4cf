import { uptime } from 'node:os';
import { errorMessage } from '@rackwright/core';
import { rackwright } from '@rackwright/keys';
import { type EventNote, inClusterConnection, KubeClient, type KubeConnection } from '@rackwright/kube';
import { PodResourcesClient } from '@rackwright/kubelet';
import { containerPath, type ServiceContext } from '@rackwright/service';
import { NvmeCli } from '@rackwright/storage';
import type { HealthTracker } from './health/health-tracker.ts';
import type { HostAccess } from './host-access.ts';
import type { AgentConfig } from './options/index.ts';
import { HistoryFile } from './recovery/history-file.ts';
import { recoveryMetrics } from './recovery/metrics.ts';
import { nodeHold } from './recovery/node-hold.ts';
import { RecoveryPermits } from './recovery/permits.ts';
import { Recovery, type RecoveryOptions } from './recovery/recovery.ts';
import type { RecoverySettings } from './recovery/settings.ts';

type Context = ServiceContext<AgentConfig>;

/** What brings drives back as the flags say. */
export function createRecovery(
  context: Context,
  { root, files, tools }: HostAccess,
  tracker: HealthTracker,
  { ended, tell }: { readonly ended: () => void; readonly tell: (note: EventNote) => void },
): Recovery {
  const { config, clock, logger, env, metrics } = context;
  const pods = new PodResourcesClient({ socket: containerPath(config.podResourcesSocket, env), clock });
  const heldUnits = (signal: AbortSignal): Promise<number | undefined> =>
    pods.list(signal).then(
      (held) => held.filter(({ resource }) => resource === config.resourceName).length,
      () => undefined,
    );
  const recovery = new Recovery({
    ...{ tracker, files, clock, logger, ended, tell, random: Math.random },
    settings: recoverySettings(config),
    actions: { nvme: new NvmeCli(tools), tools },
    allocatedUnits: heldUnits,
    uptimeMs: () => uptime() * 1000,
    file: new HistoryFile(root, logger),
    ...clusterParts(context),
  });
  recoveryMetrics(metrics, recovery, tracker);
  return recovery;
}

function recoverySettings(config: AgentConfig): RecoverySettings {
  return {
    mode: config.recoveryMode,
    actions: config.recoveryActions,
    maxResetsPerHour: config.maxResetsPerDevicePerHour,
    firstWaitMs: config.recoveryFirstWait,
    cooldownMs: config.recoveryCooldown,
    maxAttempts: config.recoveryMaxAttempts,
  };
}

/** A plugin without a token can still serve its units. */
function connectionOf({ env, clock, logger }: Context): KubeConnection | undefined {
  const containerRoot = env[rackwright.env.sandboxRoot] ?? '';
  try {
    return inClusterConnection({ env, containerRoot, clock });
  } catch (error) {
    logger.warn('drives are not reset: no way to the API server', { error: errorMessage(error) });
    return undefined;
  }
}

const alone: Pick<RecoveryOptions, 'hold'> = {
  hold: async () => ({ reason: 'NodeUnknown', message: 'there is no API server to ask' }),
};

/** Outside of a cluster there is nobody to ask, and nobody to ask for a permit. */
function clusterParts(context: Context): Pick<RecoveryOptions, 'hold' | 'permits'> {
  const { config, clock, logger, env, lifetime, version } = context;
  const { nodeName } = config;
  if (nodeName === undefined || (env.KUBERNETES_SERVICE_HOST ?? '') === '') return alone;
  const connection = connectionOf(context);
  if (connection === undefined) return alone;
  const client = lifetime.use(
    new KubeClient({ connection, clock, logger, userAgent: `rackwright-ai100-device-plugin/${version}` }),
  );
  return {
    hold: (signal) => nodeHold(client, nodeName, signal),
    permits: new RecoveryPermits({
      ...{ client, clock, logger, holder: nodeName, count: config.maxConcurrentNodes },
      namespace: connection.namespace ?? 'default',
    }),
  };
}
