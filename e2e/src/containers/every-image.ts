import type { Case } from '../case.ts';
import { expectEqual, expectThat } from '../expect.ts';
import { runToEnd } from './app-container.ts';
import type { ContainerEnvironment } from './test-environment.ts';

/** Says who it is, which capabilities it has and whether it can write into its image. */
const selfPortrait = `
const { readFileSync, writeFileSync } = require('node:fs');
let write = 'allowed';
try { writeFileSync('/app/written', ''); } catch (error) { write = error.code; }
const status = readFileSync('/proc/self/status', 'utf8');
const capabilities = BigInt('0x' + /CapEff:\\s*(\\S+)/.exec(status)[1]).toString();
console.log(JSON.stringify({ uid: process.getuid(), gid: process.getgid(), capabilities, write }));
`;

export const everyImage: readonly Case<ContainerEnvironment>[] = [
  {
    name: 'every image runs as its own user, without capabilities, on a root file system it cannot write to',
    async run(testEnv) {
      for (const [app, image] of testEnv.images) {
        const node = ['/usr/bin/node', '-e', selfPortrait];
        const { code, output } = await runToEnd({ image, args: [], entrypoint: node }, testEnv);
        expectEqual(`${app}: ${output}`, code, 0);
        const seen = { uid: 65532, gid: 65532, capabilities: '0', write: 'EROFS' };
        expectEqual(app, JSON.parse(output), seen);
      }
    },
  },
  {
    name: 'every image tells its version and its flags',
    async run(testEnv) {
      for (const [app, image] of testEnv.images) {
        const version = await runToEnd({ image, args: ['--version'] }, testEnv);
        const [, tag] = /:([^:]+)$/.exec(image) ?? [];
        expectEqual(`${app} --version`, version, { code: 0, output: `${app} ${tag}\n` });
        const help = await runToEnd({ image, args: ['--help'] }, testEnv);
        expectEqual(`${app} --help`, help.code, 0);
        expectThat(`${app} --help names its flags`, help.output.includes('--log-level'), help.output);
      }
    },
  },
  {
    name: 'every image refuses a flag it does not have, and names it',
    async run(testEnv) {
      for (const [app, image] of testEnv.images) {
        const { code, output } = await runToEnd({ image, args: ['--no-such-flag=1'] }, testEnv);
        expectEqual(`${app}: ${output}`, code, 2);
        expectThat(`${app} names the flag`, output.includes('--no-such-flag'), output);
        expectThat(`${app} shows no stack`, !/^\s+at /m.test(output), output);
      }
    },
  },
];
