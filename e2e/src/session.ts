import { parseArgs } from 'node:util';
import { aborted, errorMessage, systemClock } from '@rackwright/core';
import { namespacesFolder, type ProgramName, ProgramResolver } from '@rackwright/testbed';
import type { CaseResult } from './case.ts';
import { faultReport, figureReport, rightsReport } from './report.ts';
import { keepResults, logsFolder } from './results.ts';
import { failureLines, runCases, unsteadyLines } from './run-cases.ts';
import type { Suite } from './suite.ts';
import { casesOf, loadSuites } from './suites.ts';
import type { TestEnvironment } from './test-environment.ts';

/** An environment that runs, and ends when it is disposed. */
export interface StartedEnvironment extends AsyncDisposable {
  readonly testEnv: TestEnvironment;
  /** Copies what the environment's programs logged into a folder; called when a case failed. */
  keepLogs?(folder: string): Promise<void>;
}

/** What starting an environment gets. */
export interface EnvironmentContext {
  readonly programs: ProgramResolver;
  /** What its nodes, values and audit come from. */
  readonly suites: readonly Suite[];
  readonly signal: AbortSignal;
  readonly print: (line: string) => void;
}

/** One tier: how its environment is started, and what is said at its end. */
export interface Tier {
  readonly kind: TestEnvironment['kind'];
  start(context: EnvironmentContext): Promise<StartedEnvironment>;
  /** Programs found or built before anything starts. */
  readonly programs: readonly ProgramName[];
  /**
   * What is said of the results as a whole, before the counts; its failures
   * count with those of the cases. `whole` says that every case was run.
   */
  report?(results: readonly CaseResult[], whole: boolean): Promise<TierReport>;
}

/** Lines about a whole run, and how many of the things they tell are failures. */
export interface TierReport {
  readonly lines: readonly string[];
  readonly failures: number;
}

const print = (line: string): void => console.log(line);

/** What a run is asked for. */
const options = {
  /** Only the suite of this family; may be given several times. */
  suite: { type: 'string', multiple: true },
  /** Keeps the environment after the cases until Ctrl-C, to look around in it. */
  stay: { type: 'boolean', default: false },
  /** Compares with no other tier: the other has not ended yet. */
  'compare-later': { type: 'boolean', default: false },
} as const;

/**
 * Runs the cases of one tier and resolves with the exit code.
 *
 * @param args parts of names: cases that contain one of them are run, all when there is none; `--suite FAMILY`; `--stay`; `--compare-later`
 */
export async function runTier(tier: Tier, args: readonly string[]): Promise<number> {
  const controller = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(name, () => controller.abort(new Error(`${name} received`)));
  }
  const { signal } = controller;
  try {
    const { values, positionals: filters } = parseArgs({ args: [...args], options, allowPositionals: true });
    const suites = await loadSuites(values.suite);
    const chosen = casesOf(suites, tier.kind).filter(
      ({ name }) => filters.length === 0 || filters.some((filter) => name.includes(filter)),
    );
    if (chosen.length === 0) throw new Error(`no case of ${tier.kind} contains ${filters.join(' or ')}`);
    const programs = new ProgramResolver({ env: process.env, clock: systemClock, progress: print });
    const sidecars = suites.flatMap((suite) => suite.sidecars ?? []);
    await programs.resolveAll([...tier.programs, ...sidecars], signal);
    await using started = await tier.start({ programs, suites, signal, print });
    const { testEnv } = started;
    const again = process.env.CI === 'true';
    const results = await runCases(chosen, testEnv, { clock: systemClock, signal, print, again });
    const whole = filters.length === 0 && values.suite === undefined;
    if (whole) await keepResults(tier.kind, results);
    if (results.some((result) => result.failure !== undefined)) await keepLogs(tier.kind, started);
    const compared = values['compare-later'] ? undefined : await tier.report?.(results, whole);
    const failures = printReport(testEnv, results, compared);
    if (values.stay) await stay(testEnv, signal);
    const broken = failureLines(results);
    const failed = broken.length + failures;
    const counts = `${results.length - broken.length} passed, ${failed} failed`;
    for (const line of [...unsteadyLines(results), ...broken, counts]) print(line);
    return failed === 0 ? 0 : 1;
  } catch (error) {
    console.error(`e2e: ${errorMessage(error)}`);
    return signal.aborted ? 130 : 1;
  }
}

/** Prints what a run measured and compared; returns the number of failures among that. */
function printReport(
  testEnv: TestEnvironment,
  results: readonly CaseResult[],
  report: TierReport = { lines: [], failures: 0 },
): number {
  for (const line of [
    ...faultReport(results),
    ...figureReport(results),
    ...rightsReport(testEnv.rights.reports),
    ...report.lines,
  ])
    print(line);
  return report.failures;
}

async function stay({ kubeconfig }: TestEnvironment, signal: AbortSignal): Promise<void> {
  print(`the testEnv stays until Ctrl-C; its kubeconfig is ${kubeconfig}`);
  if (namespacesFolder(process.env) !== undefined) {
    print('enter it with: nsenter --all --target $(lsns -t pid -n -o PID | tail -n 1)');
  }
  await aborted(signal);
}

async function keepLogs(kind: TestEnvironment['kind'], started: StartedEnvironment): Promise<void> {
  if (started.keepLogs === undefined) return;
  const folder = logsFolder(kind);
  try {
    await started.keepLogs(folder);
    print(`logs of the testEnv are in ${folder}`);
  } catch (error) {
    // The results matter more than logs.
    print(`some logs of the testEnv could not be kept: ${errorMessage(error)}; the others are in ${folder}`);
  }
}
