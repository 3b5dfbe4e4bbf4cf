import { ai100Install } from '../../../../apps/operator-manager/src/ai100/install.ts';
import { agentAccounts } from '../../agent-accounts.ts';
import { inLane } from '../../case.ts';
import type { Suite } from '../../suite.ts';
import { cache } from './cache.ts';
import { driveNode, drives } from './drives.ts';
import { exporter } from './exporter.ts';
import { helmTest } from './helm-test.ts';
import { olderOperator } from './older-operator.ts';
import { ownFolders } from './own-folders.ts';
import { pluginMetrics } from './plugin-metrics.ts';
import { rebuild } from './rebuild.ts';
import { recovery } from './recovery.ts';
import { cacheStays, nodesAreCleared } from './removal.ts';
import { staleConsumers } from './stale-consumers.ts';

/** Without them drives are PCI functions only. */
const modules = ['nvme_core', 'nvme', 'libnvdimm', 'nfit', 'nd_btt', 'nd_pmem'];

export const suite: Suite = {
  hosts: { [driveNode]: { nvme: [{}, {}], modules, commands: true } },
  // The plugin's pods go where node-discovery found drives.
  values: [
    'node-discovery.enabled=true',
    'node-discovery.interval=1s',
    'ai100-device-plugin.enabled=true',
    'ai100-device-plugin.health.pollSeconds=5',
    'ai100-device-plugin.health.commandTimeoutSeconds=4',
    'ai100-device-plugin.cache.settleSeconds=0',
    'ai100-device-plugin.cache.dataPolicy=Ephemeral',
    'ai100-device-plugin.recovery.actions={Rescan,Remount,ControllerReset,Rebuild}',
    'ai100-device-plugin.extraArgs={--clean-time=1s,--recovery-first-wait=1s,--recovery-rebuild-wait=1s}',
    'nvme-exporter.enabled=true',
    'nvme-exporter.exporter.pollSeconds=10',
  ],
  accounts: () => agentAccounts(ai100Install.agents, (component) => `rackwright-${component}`),
  cases: [...drives, ...cache, ...exporter, ...pluginMetrics, ...ownFolders],
  // They mostly wait for polls of the drives, and leave the release to others.
  beside: inLane('drives', ...recovery, ...olderOperator, ...staleConsumers, ...rebuild),
  removal: [cacheStays, helmTest, nodesAreCleared],
};
