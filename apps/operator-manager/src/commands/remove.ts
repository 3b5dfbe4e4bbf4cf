import { cxiDrivers } from '@rackwright/api';
import { type Clock, formatDuration, HwError } from '@rackwright/core';
import { conditionType } from '@rackwright/keys';
import { ignoreNotFound, KubeClient } from '@rackwright/kube';
import { defineOptions, type ServiceSpec } from '@rackwright/service';
import { connect } from '../connection.ts';
import { connectionOptions } from '../options.ts';

const options = defineOptions({
  ...connectionOptions,
  cxidriver: {
    flag: 'cxidriver',
    type: 'string',
    required: true,
    description: 'Name of the CXIDriver to delete.',
  },
  timeout: {
    flag: 'timeout',
    type: 'duration',
    default: '2m',
    description: 'How long its clean-up may take.',
  },
});

/** Between two looks, in milliseconds. */
const periodMs = 500;

/**
 * `operator-manager remove`: deletes a CXIDriver and waits until the operator
 * has taken back what it rolled out. An uninstall does this while the operator
 * still runs.
 */
export function removeService(version: string): ServiceSpec<typeof options> {
  return {
    name: 'operator-manager remove',
    version,
    description: 'Deletes a CXIDriver and waits until it is gone; exit code 1 if not in time.',
    options,
    start: async ({ config, clock, env, logger, lifetime }) => {
      const connection = await connect(config.kubeconfig, env, clock);
      const userAgent = `operator-manager-remove/${version}`;
      const client = lifetime.use(new KubeClient({ connection, clock, logger, userAgent }));
      await removeDriver(client, config.cxidriver, {
        clock,
        timeoutMs: config.timeout,
        signal: lifetime.signal,
      });
      logger.info('gone', { cxidriver: config.cxidriver });
    },
  };
}

/** @throws HwError DeadlineExceeded saying what the CXIDriver's status says last */
export async function removeDriver(
  client: Pick<KubeClient, 'get' | 'delete'>,
  name: string,
  { clock, timeoutMs, signal }: { clock: Clock; timeoutMs: number; signal: AbortSignal },
): Promise<void> {
  const end = clock.monotonic() + timeoutMs;
  await ignoreNotFound(client.delete(cxiDrivers, { name }, { signal }));
  for (;;) {
    const driver = await ignoreNotFound(client.get(cxiDrivers, { name }, { signal }));
    if (driver === undefined) return;
    if (clock.monotonic() + periodMs > end) {
      const ready = driver.status?.conditions?.find(({ type }) => type === conditionType.ready);
      const why = ready === undefined ? 'its status says nothing' : `${ready.reason}: ${ready.message}`;
      throw new HwError(
        'DeadlineExceeded',
        `CXIDriver ${name} is still there after ${formatDuration(timeoutMs)}: ${why}`,
        { remedy: 'look whether the operator runs' },
      );
    }
    await clock.sleep(periodMs, signal);
  }
}
