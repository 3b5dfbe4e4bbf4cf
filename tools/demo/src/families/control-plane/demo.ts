import { errorMessage } from '@rackwright/core';
import { isKubeError } from '@rackwright/kube';
import { type Check, type Checked, until } from '../../check.ts';
import type { DemoFamily } from '../../demo-family.ts';

const repository = 'git@example.com:shs-cxi-driver';

const refusal: Check = {
  what: 'a CXIDriver that can only be a mistake is refused with the name of its field',
  run: (checked) =>
    until(checked, 'a refusal by admission-webhook', async () => {
      const answer = await answerTo(checked, { version: '13.0.0', source: { type: 'dkms', repository } });
      return /denied the request: (.*spec\.source\.repository.*)$/s.exec(answer)?.[1];
    }),
};

/** What an API server says to a CXIDriver, which is not stored. */
async function answerTo({ kube }: Checked, spec: object): Promise<string> {
  const metadata = { name: 'mistaken' };
  const body = { apiVersion: 'cxi.hpe.com/v1', kind: 'CXIDriver', metadata, spec };
  try {
    await kube.request('POST', '/apis/cxi.hpe.com/v1/cxidrivers', { query: { dryRun: 'All' }, body });
    return 'accepted';
  } catch (error) {
    if (!isKubeError(error)) throw error;
    return errorMessage(error);
  }
}

/** The ground every family stands on: its pods and events are in the view already. */
export const demo: DemoFamily = {
  hosts: {},
  values: ['admission-webhook.enabled=true'],
  resources: [],
  sections: async () => [],
  checks: [refusal],
  faults: [],
  hints: () => [
    `echo '{apiVersion: cxi.hpe.com/v1, kind: CXIDriver, metadata: {name: bad}, spec: {version: "1.0.0", source: {type: dkms, repository: "${repository}"}}}' | kubectl apply -f -`,
  ],
};
