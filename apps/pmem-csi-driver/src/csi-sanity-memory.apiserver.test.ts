import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { systemClock } from '@rackwright/core';
import { SystemProcessRunner } from '@rackwright/host';
import { type CsiSanityReport, ProgramResolver, runCsiSanity } from '@rackwright/testbed';
import { PmemHost } from './testing/pmem-host.ts';

/** Each call runs programs of the simulated host, which takes minutes; the virtual machine has the short form. */
const ifLong = process.env.RACKWRIGHT_LONG_TESTS === '1' ? test : test.skip;

/** csi-sanity beside the host: what it makes and looks for is below the host's root. */
async function conformance(deviceManager: 'lvm' | 'direct'): Promise<CsiSanityReport> {
  const programs = new ProgramResolver({ env: process.env, clock: systemClock, progress: () => undefined });
  const program = await programs.resolve('csi-sanity');
  await using pmem = await PmemHost.create([{ bytes: 64 * 2 ** 30 }]);
  await using driver = await pmem.start({ deviceManager });
  const { prefix } = pmem.host.root;
  const folder = join(pmem.folder, 'sanity');
  await mkdir(folder);
  await mkdir(join(prefix, 'sanity'));
  const scripts = {
    create: `mkdir "${prefix}$1" && echo "$1"`,
    remove: `rm -rf "${prefix}$1"`,
    check: `f="${prefix}$1"; if [ -d "$f" ]; then echo directory; elif [ -f "$f" ]; then echo file; elif [ -e "$f" ]; then echo other; else echo not_found; fi`,
  };
  for (const [name, script] of Object.entries(scripts)) {
    await writeFile(join(folder, name), `#!/bin/sh\n${script}\n`);
    await chmod(join(folder, name), 0o755);
  }
  return runCsiSanity({
    ...{ program, folder, runner: new SystemProcessRunner(systemClock), deadlineMs: 1_500_000 },
    endpoint: driver.context.config.endpoint,
    flags: [
      '--csi.mountdir=/sanity/mount',
      '--csi.stagingdir=/sanity/staging',
      ...['mount', 'staging'].flatMap((kind) => [
        `--csi.create${kind}pathcmd=${join(folder, 'create')}`,
        `--csi.remove${kind}pathcmd=${join(folder, 'remove')}`,
      ]),
      `--csi.checkpathcmd=${join(folder, 'check')}`,
      ...['--csi.testvolumesize=100663296', '--csi.testvolumeexpandsize=201326592'],
    ],
  });
}

ifLong.each([
  ['lvm', 49],
  // Namespaces do not grow.
  ['direct', 42],
] as const)(
  'Kubernetes’ csi-sanity finds nothing wrong with a driver in mode %s on simulated memory',
  async (mode, specs) => {
    const report = await conformance(mode);
    expect(report.failures).toEqual([]);
    expect(report.passed).toBeGreaterThanOrEqual(specs);
  },
  1_800_000,
);
