import type { DemoFamily } from '../../demo-family.ts';
import { bringUp, client, cluster } from './checks.ts';

export const demo: DemoFamily = {
  hosts: {},
  values: ['ais-operator.enabled=true'],
  resources: [],
  sections: async () => [],
  checks: bringUp,
  faults: [],
  hints: () => [
    'kubectl get aistores',
    `kubectl get aistore ${cluster} -o jsonpath='{.status.targets}'`,
    `kubectl logs ${client} --tail=3`,
  ],
};
