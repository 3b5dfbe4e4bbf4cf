import { HwError } from '@rackwright/core';
import { KubeClient } from '@rackwright/kube';
import { connect } from '@rackwright/manager';
import { defineOptions, type ServiceSpec } from '@rackwright/service';
import { type Leftover, remedyOf } from '../leftovers/leftover.ts';
import { readLeftovers } from '../leftovers/read.ts';
import { connectionOptions } from '../options.ts';
import { formatTable } from './table.ts';

const options = defineOptions({ kubeconfig: connectionOptions.kubeconfig });

/** `operator-manager leftovers`: names everything of ours that is in the cluster. It only reads. */
export function leftoversService(
  version: string,
  stdout: { write(text: string): unknown },
): ServiceSpec<typeof options> {
  return {
    name: 'operator-manager leftovers',
    version,
    description:
      'Names everything of Rackwright that is in the cluster; exit code 1 if there is more than what may stay.',
    options,
    start: async ({ config, clock, env, logger, lifetime }) => {
      const connection = await connect(config.kubeconfig, env, clock);
      const userAgent = `operator-manager-leftovers/${version}`;
      const client = lifetime.use(new KubeClient({ connection, clock, logger, userAgent }));
      const leftovers = await readLeftovers(client, lifetime.signal);
      stdout.write(formatLeftovers(leftovers));
      const remedy = remedyOf(leftovers);
      if (remedy !== undefined)
        throw new HwError('FailedPrecondition', 'there is more than what may stay', { remedy });
    },
  };
}

/** A table and what to do, for people. */
export function formatLeftovers(leftovers: readonly Leftover[]): string {
  if (leftovers.length === 0) return 'nothing is left\n';
  const rows = leftovers.map(({ kind, name, note }) => [kind, name, note]);
  const remedy = remedyOf(leftovers);
  return (
    formatTable([['KIND', 'NAME', 'NOTE'], ...rows]) + (remedy === undefined ? '' : `What to do: ${remedy}\n`)
  );
}
