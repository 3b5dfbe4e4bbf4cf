import { inLane } from '../../case.ts';
import type { Suite } from '../../suite.ts';
import { badTemplate } from './bad-template.ts';
import { externalAccess } from './external-access.ts';
import { nodeDrain } from './node-drain.ts';
import { nodePower } from './node-power.ts';
import { refusals } from './refusals.ts';
import { sample } from './sample.ts';
import { severalClusters } from './several-clusters.ts';

const granted = 'given to the pods of clusters, and nobody may give what he has not';

export const suite: Suite = {
  hosts: {},
  values: ['ais-operator.enabled=true'],
  accounts: () => ['rackwright-ais-operator'],
  spareRights: {
    'update aistores.ais.nvidia.com/finalizers': 'asked for where owners that hold up a deletion are checked',
    'get pods': granted,
    'create pods': granted,
    'update pods': granted,
    'get pods/log': granted,
    'get services': granted,
    'update services': granted,
    'patch poddisruptionbudgets.policy': 'the budget of a cluster that has one is changed',
    'patch jobs.batch': 'a job that somebody changed',
    'delete jobs.batch': 'a job for a node that has gone meanwhile',
    'get secrets': 'of clusters that name some',
    'get configmaps': 'of clusters that name some',
    'get deployments.apps': 'the admin client of a cluster that has one',
    'create deployments.apps': 'the admin client of a cluster that has one',
    'patch deployments.apps': 'the admin client of a cluster that has one',
    'delete deployments.apps': 'the admin client of a cluster that had one',
    'create certificates.cert-manager.io': 'of clusters with certificates, where cert-manager is there',
    'patch certificates.cert-manager.io': 'of clusters with certificates, where cert-manager is there',
    'delete certificates.cert-manager.io': 'of clusters with certificates, where cert-manager is there',
    'create serviceaccounts/token': 'of clusters with a profile that exchanges tokens',
    'patch events.events.k8s.io': 'an event that comes again is counted',
    'update leaderterms.rackwright.io': 'a second leader',
  },
  cases: [refusals, severalClusters, nodeDrain, externalAccess, nodePower, badTemplate],
  // It mostly waits for probes and rebalances.
  beside: inLane('AIStore', sample),
  removal: [],
};
