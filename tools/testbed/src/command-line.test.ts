import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { systemClock } from '@rackwright/core';
import { temporaryFolder } from '@rackwright/testbed/without-nodes';
import { CommandLine } from './command-line.ts';

async function run(
  argv: readonly string[],
  env: NodeJS.ProcessEnv = {},
): Promise<{ code: number; printed: string[]; told: string[] }> {
  const printed: string[] = [];
  const told: string[] = [];
  const commandLine = new CommandLine({
    env,
    clock: systemClock,
    signal: new AbortController().signal,
    print: (line) => printed.push(line),
    progress: (line) => told.push(line),
  });
  return { code: await commandLine.run(argv), printed, told };
}

test('--help prints what there is', async () => {
  const { code, printed } = await run(['--help']);
  expect(code).toBe(0);
  expect(printed.join('\n')).toMatch(/programs \[name \.\.\.\][\s\S]*control-plane \[component \.\.\.\]/);
});

test.each([[[]], [['dance']], [['programs', 'dance']], [['control-plane', 'dance']]])(
  '%j is refused with the usage',
  async (argv) => {
    const { code, printed, told } = await run(argv);
    expect({ code, printed }).toEqual({ code: 2, printed: [] });
    expect(told.join('\n')).toMatch(/^usage:/);
  },
);

test('programs prints one path per line, in the order asked for', async () => {
  await using folder = await temporaryFolder('rwcmd-');
  const bin = join(folder.path, 'bin');
  await mkdir(bin);
  for (const [name, version] of [
    ['kubectl', 'v1.36.3'],
    ['helm', 'v3.22.0'],
  ] as const) {
    await writeFile(join(bin, name), `#!/bin/sh\necho ${version}\n`);
    await chmod(join(bin, name), 0o755);
  }
  const { code, printed } = await run(['programs', 'kubectl', 'helm'], { PATH: bin, HOME: folder.path });
  expect({ code, printed }).toEqual({ code: 0, printed: [join(bin, 'kubectl'), join(bin, 'helm')] });
});
