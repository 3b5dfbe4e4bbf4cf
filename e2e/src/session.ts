import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { errorMessage, systemClock } from '@rackwright/core';
import { type ProgramName, ProgramResolver } from '@rackwright/testbed';
import type { Bed } from './bed.ts';
import type { Case, CaseResult } from './case.ts';
import { allCases } from './cases/index.ts';
import { faultReport, rightsReport } from './report.ts';
import { resultsFile } from './results.ts';
import { runCases } from './run-cases.ts';

/** A bed that runs, and ends when it is disposed. */
export interface StartedBed extends AsyncDisposable {
  readonly bed: Bed;
}

/** What starting a bed gets. */
export interface BedContext {
  readonly programs: ProgramResolver;
  readonly signal: AbortSignal;
  readonly print: (line: string) => void;
}

/** One tier: how its bed is started, and what is said at its end. */
export interface Tier {
  readonly kind: Bed['kind'];
  start(context: BedContext): Promise<StartedBed>;
  /** Programs found or built before anything starts. */
  readonly programs: readonly ProgramName[];
  /** Lines printed before the counts. */
  report?(results: readonly CaseResult[]): Promise<string[]>;
}

const print = (line: string): void => console.log(line);

/**
 * Runs the cases of one tier and resolves with the exit code. `filters` keep
 * the cases whose name contains one of them; none keeps all.
 */
export async function runTier(tier: Tier, filters: readonly string[]): Promise<number> {
  const controller = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(name, () => controller.abort(new Error(`${name} received`)));
  }
  const { signal } = controller;
  const chosen = casesOf(tier.kind, filters);
  if (chosen.length === 0) {
    console.error(`no case of ${tier.kind} contains ${filters.join(' or ')}`);
    return 1;
  }
  try {
    const programs = new ProgramResolver({ env: process.env, clock: systemClock, progress: print });
    await programs.resolveAll(tier.programs, signal);
    await using started = await tier.start({ programs, signal, print });
    const results = await runCases(chosen, started.bed, { clock: systemClock, signal, print });
    if (filters.length === 0) await keep(tier.kind, results);
    const report = (await tier.report?.(results)) ?? [];
    for (const line of [...faultReport(), ...rightsReport(), ...report]) print(line);
    const failed = results.filter((result) => result.failure !== undefined).length;
    print(`${results.length - failed} passed, ${failed} failed`);
    return failed === 0 && results.length === chosen.length ? 0 : 1;
  } catch (error) {
    console.error(`e2e: ${errorMessage(error)}`);
    return signal.aborted ? 130 : 1;
  }
}

function casesOf(kind: Bed['kind'], filters: readonly string[]): readonly Case[] {
  return allCases
    .filter((item) => item.only === undefined || item.only === kind)
    .filter((item) => filters.length === 0 || filters.some((filter) => item.name.includes(filter)));
}

/** Leaves the results where the other tier's comparison finds them. */
async function keep(kind: Bed['kind'], results: readonly CaseResult[]): Promise<void> {
  const path = resultsFile(kind);
  await mkdir(join(path, '..'), { recursive: true });
  await writeFile(path, `${JSON.stringify(results, null, 2)}\n`);
}
