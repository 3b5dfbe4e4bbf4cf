import { discoveryInstall } from '../../../../apps/operator-manager/src/discovery/install.ts';
import { agentAccounts } from '../../agent-accounts.ts';
import { type Case, inLane } from '../../case.ts';
import { expectEqual } from '../../expect.ts';
import type { Suite } from '../../suite.ts';
import { labels, traces } from './labels.ts';
import { placement } from './placement.ts';

const removal: Case = {
  name: 'helm uninstall takes the labels of hardware away from every node',
  async run(testEnv) {
    await testEnv.rights.note(testEnv);
    const gone = await testEnv.helm(
      'uninstall',
      'rackwright',
      '--namespace',
      testEnv.namespace,
      '--ignore-not-found',
    );
    expectEqual(`helm uninstall: ${gone.stderr}`, gone.code, 0);
    for (const { name } of testEnv.nodes) expectEqual(`left on ${name}`, await traces(testEnv, name), []);
  },
};

/** Without them disks and NVDIMMs are PCI functions and ACPI tables only; another suite may say that a node has no modules. */
const modules = ['nvme_core', 'nvme', 'libnvdimm', 'nfit', 'nd_btt', 'nd_pmem'];

export const suite: Suite = {
  // Beside the NICs other suites bring.
  hosts: { 'node-plain': { nvme: [{}, {}], pmem: [{ namespaces: [{}] }], modules } },
  // A label is withdrawn after three looks.
  values: ['node-discovery.enabled=true', 'node-discovery.interval=1s'],
  accounts: () => agentAccounts(discoveryInstall.agents, (component) => `rackwright-${component}`),
  cases: labels,
  // It rolls the agents of NICs out, as the cases of that suite do.
  beside: inLane('agents of NICs', ...placement),
  removal: [removal],
};
