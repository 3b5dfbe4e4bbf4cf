import { parseArgs } from 'node:util';
import { aborted, errorMessage, systemClock } from '@rackwright/core';
import { enclosureFolder, type ProgramName, ProgramResolver } from '@rackwright/testbed';
import type { Bed } from './bed.ts';
import type { CaseResult } from './case.ts';
import { faultReport, figureReport, rightsReport } from './report.ts';
import { keepResults, logsFolder } from './results.ts';
import { failureLines, runCases, unsteadyLines } from './run-cases.ts';
import type { Suite } from './suite.ts';
import { casesOf, loadSuites } from './suites.ts';

/** A bed that runs, and ends when it is disposed. */
export interface StartedBed extends AsyncDisposable {
  readonly bed: Bed;
  /** Copies what the bed's programs logged into a folder; called when a case failed. */
  keepLogs?(folder: string): Promise<void>;
}

/** What starting a bed gets. */
export interface BedContext {
  readonly programs: ProgramResolver;
  /** What its nodes, values and audit come from. */
  readonly suites: readonly Suite[];
  readonly signal: AbortSignal;
  readonly print: (line: string) => void;
}

/** One tier: how its bed is started, and what is said at its end. */
export interface Tier {
  readonly kind: Bed['kind'];
  start(context: BedContext): Promise<StartedBed>;
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
  /** Keeps the bed after the cases until Ctrl-C, to look around in it. */
  stay: { type: 'boolean', default: false },
} as const;

/**
 * Runs the cases of one tier and resolves with the exit code.
 *
 * @param args parts of names: cases that contain one of them are run, all when there is none; `--suite FAMILY`; `--stay`
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
    await programs.resolveAll(tier.programs, signal);
    await using started = await tier.start({ programs, suites, signal, print });
    const { bed } = started;
    const again = process.env.CI === 'true';
    const results = await runCases(chosen, bed, { clock: systemClock, signal, print, again });
    const whole = filters.length === 0 && values.suite === undefined;
    if (whole) await keepResults(tier.kind, results);
    if (results.some((result) => result.failure !== undefined)) await keepLogs(tier.kind, started);
    const failures = await printReport(tier, { bed, results, whole });
    if (values.stay) await stay(bed, signal);
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

/** Prints what a run measured and compared; resolves with the number of failures among that. */
async function printReport(
  tier: Tier,
  { bed, results, whole }: { bed: Bed; results: readonly CaseResult[]; whole: boolean },
): Promise<number> {
  const report = (await tier.report?.(results, whole)) ?? { lines: [], failures: 0 };
  for (const line of [
    ...faultReport(results),
    ...figureReport(results),
    ...rightsReport(bed.rights.reports),
    ...report.lines,
  ])
    print(line);
  return report.failures;
}

async function stay({ kubeconfig }: Bed, signal: AbortSignal): Promise<void> {
  print(`the bed stays until Ctrl-C; its kubeconfig is ${kubeconfig}`);
  if (enclosureFolder(process.env) !== undefined) {
    print('enter it with: nsenter --all --target $(lsns -t pid -n -o PID | tail -n 1)');
  }
  await aborted(signal);
}

async function keepLogs(kind: Bed['kind'], started: StartedBed): Promise<void> {
  if (started.keepLogs === undefined) return;
  const folder = logsFolder(kind);
  try {
    await started.keepLogs(folder);
    print(`logs of the bed are in ${folder}`);
  } catch (error) {
    // The results matter more than logs.
    print(`some logs of the bed could not be kept: ${errorMessage(error)}; the others are in ${folder}`);
  }
}
