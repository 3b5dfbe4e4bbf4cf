/**
 * `npm test`: tiers 1 to 3 of DESIGN.md. Brings the real programs tier 3 needs,
 * builds the bundles, runs the suites and ends with one line of counts.
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { errorMessage, systemClock } from '@rackwright/core';
import { buildApps, ProgramResolver } from '@rackwright/testbed/without-nodes';
import { runChild } from './child.ts';
import { workspaceRoot } from './projects.ts';
import { closingLines, countJest, failedFiles, type JestReport, type TierResult } from './test-report.ts';

const modules = join(workspaceRoot, 'node_modules');
const skippedTiers: string[] = [];
const results: TierResult[] = [];
const filters = process.argv.slice(2);
let outputs = 0;
/** More files than this do not fail because the machine was busy. */
const mostRunAgain = 5;

const scratch = await mkdtemp(join(tmpdir(), 'rackwright-test-'));
try {
  await buildApps({ clock: systemClock, env: process.env, progress: (line) => console.log(line) });
  await runTier('unit and component', [
    '--testPathIgnorePatterns',
    '\\.apiserver\\.test\\.ts$',
    '--maxWorkers=2',
  ]);
  if (await programsAreThere())
    // A handle a test left open must not keep the whole run from ending.
    await runTier('control plane', [
      // Ignoring all others leaves the patterns to the caller's filters: jest would join both with "or".
      '--testPathIgnorePatterns',
      '(?<!\\.apiserver)\\.test\\.ts$',
      // They mostly wait: each uses 0.4 processors, and two are there.
      '--maxWorkers=4',
      '--forceExit',
    ]);
  for (const line of closingLines(results, skippedTiers)) console.log(line);
  const complete = skippedTiers.length === 0 || process.env.CI !== 'true';
  process.exitCode = complete && results.every((result) => result.failed === 0) ? 0 : 1;
} finally {
  await rm(scratch, { recursive: true, force: true });
}

async function runTier(tier: string, args: readonly string[]): Promise<void> {
  const started = systemClock.monotonic();
  const { code, report } = await runJest([...args, ...filters]);
  const broken = failedFiles(report);
  // In CI nobody is there to try again, and the machine may have been busy with other things.
  const again = process.env.CI === 'true' && broken.length > 0 && broken.length <= mostRunAgain;
  if (again) console.log(`running again, each alone: ${broken.join(', ')}`);
  const second = again
    ? await runJest(['--runInBand', '--forceExit', '--runTestsByPath', ...broken])
    : undefined;
  const seconds = (systemClock.monotonic() - started) / 1000;
  results.push(countJest(tier, report, seconds, code, second?.report));
}

async function runJest(args: readonly string[]): Promise<{ code: number; report: JestReport }> {
  const output = join(scratch, `${outputs++}.json`);
  const code = await runChild(
    [
      process.execPath,
      '--experimental-vm-modules',
      '--disable-warning=ExperimentalWarning',
      join(modules, 'jest/bin/jest.js'),
      // Only a filter may leave a tier without tests.
      ...(filters.length === 0 ? [] : ['--passWithNoTests']),
      '--json',
      `--outputFile=${output}`,
      ...args,
    ],
    { cwd: workspaceRoot },
  );
  // A thrown error runs the clean-up on its way out; process.exit would not.
  if (code === 130 || code === 143) throw new Error('the tests were interrupted');
  return { code, report: JSON.parse(await readFile(output, 'utf8')) as JestReport };
}

async function programsAreThere(): Promise<boolean> {
  const programs = new ProgramResolver({
    env: process.env,
    clock: systemClock,
    progress: (line) => console.log(line),
  });
  try {
    await programs.resolveAll([
      'etcd',
      'kube-apiserver',
      'kubectl',
      'kube-controller-manager',
      'kube-scheduler',
      'helm',
      'helm-render',
      'kubeconform',
      'csi-sanity',
    ]);
    return true;
  } catch (error) {
    skippedTiers.push(`control plane: ${errorMessage(error)}`);
    return false;
  }
}
