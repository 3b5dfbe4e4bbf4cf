import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Case } from '../../case.ts';
import { expectEqual } from '../../expect.ts';

const workflows = fileURLToPath(new URL('../../../../.github/workflows/', import.meta.url));

export const pipelines: readonly Case[] = [
  {
    name: 'actionlint accepts the GitHub workflows',
    // Of no interest to a kubelet; once is enough.
    only: 'simulated',
    async run(testEnv) {
      const files = (await readdir(workflows)).map((name) => join(workflows, name));
      // Whether a machine has shellcheck or pyflakes must not decide.
      const outcome = await testEnv.actionlint('-shellcheck=', '-pyflakes=', '-no-color', ...files);
      expectEqual(`actionlint: ${outcome.stdout}${outcome.stderr}`, outcome.code, 0);
    },
  },
];
