import { type PodSpec, resources } from '@rackwright/kube';
import type { Case } from '../../case.ts';
import { CaseNamespace, pod, workload } from '../../case-namespace.ts';
import { expectEqual } from '../../expect.ts';
import { eventually } from '../../observe.ts';

/**
 * Starts a program that leaves another behind, as nsenter and the tools of LVM
 * may, and prints what becomes of that one after its end.
 */
const leaveBehind = `
const { spawn } = require('node:child_process');
const { readFileSync } = require('node:fs');
const state = (pid) => {
  try { return /\\) (\\S)/.exec(readFileSync('/proc/' + pid + '/stat', 'utf8'))[1]; } catch { return 'gone'; }
};
spawn('/bin/sh', ['-c', 'sleep 0.2 >/dev/null & echo $!']).stdout.once('data', (text) => {
  const pid = String(text).trim();
  let looks = 0;
  const look = () => {
    const seen = state(pid);
    if (seen === 'Z') looks += 1;
    if (seen !== 'gone' && looks < 40) return setTimeout(look, 50);
    console.log(seen === 'gone' ? 'reaped' : 'a zombie');
  };
  look();
});
`;

export const processes: readonly Case[] = [
  {
    name: 'what a program of a pod leaves behind is reaped at its end where the containers share their processes, and else is not',
    only: 'node',
    async run(testEnv) {
      await CaseNamespace.use(testEnv, 'processes', async (namespace) => {
        const container = workload([], { command: ['/usr/bin/node', '-e', leaveBehind] });
        const spec: PodSpec = { restartPolicy: 'Never', containers: [container] };
        await namespace.apply(pod('alone', spec), pod('sharing', { ...spec, shareProcessNamespace: true }));
        const outcome = async (name: string): Promise<string> => {
          await eventually(testEnv, `pod ${name} to end`, async () => {
            const { status } = await testEnv.kube.get(resources.pods, { namespace: namespace.name, name });
            return status?.phase === 'Succeeded';
          });
          return (await namespace.kubectl('logs', name)).stdout.trim();
        };
        expectEqual('Node as the first process', await outcome('alone'), 'a zombie');
        expectEqual('the sandbox as the first process', await outcome('sharing'), 'reaped');
      });
    },
  },
];
