import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '@rackwright/core';
import { makeFolder } from '@rackwright/host';
import { ProgramResolver, temporaryFolder, VirtualMachine } from '@rackwright/testbed';
import type { CaseResult } from '../case.ts';
import { logsFolder } from '../results.ts';
import { runCases } from '../run-cases.ts';
import type { NamedMachineSuite } from './machine-suites.ts';

/** What running a suite needs. */
export interface SuiteOptions {
  readonly env: NodeJS.ProcessEnv;
  readonly clock: Clock;
  readonly print: (line: string) => void;
  readonly signal: AbortSignal;
}

/** A guest has one processor, and the smallest machine for these tests has two. */
const mostMachines = 2;

/**
 * Runs the cases of a suite on machines beside each other: each takes the next
 * case as it has done one. A machine that breaks ends the run.
 */
export async function runSuite(suite: NamedMachineSuite, options: SuiteOptions): Promise<CaseResult[]> {
  const waiting = [...suite.cases];
  const results: CaseResult[] = [];
  /** The first machine fetches what the others find in the cache. */
  const firstIsUp = Promise.withResolvers<void>();
  const work = async (number: number): Promise<void> => {
    if (number > 1) await firstIsUp.promise;
    if (waiting.length === 0) return;
    await using folder = await temporaryFolder('rwv-');
    await using machine = await startMachine(suite, folder.path, options);
    firstIsUp.resolve();
    results.push(...(await runOn(machine, waiting, { ...options, suite, number })));
  };
  const machines = Array.from({ length: Math.min(mostMachines, waiting.length) }, async (_, i) => {
    try {
      await work(i + 1);
    } catch (error) {
      waiting.length = 0;
      throw error;
    } finally {
      firstIsUp.resolve();
    }
  });
  const ends = await Promise.allSettled(machines);
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
  return results;
}

async function startMachine(
  { family, drives, nvdimms = [], modules, programs }: NamedMachineSuite,
  folder: string,
  { env, clock, print, signal }: SuiteOptions,
): Promise<VirtualMachine> {
  const started = clock.monotonic();
  const what = { folder, drives, nvdimms, modules, programs };
  const machine = await VirtualMachine.start({ ...what, env, clock, signal, progress: print });
  print(`virtual machine for ${family} up after ${((clock.monotonic() - started) / 1000).toFixed(1)} s`);
  return machine;
}

type Waiting = NamedMachineSuite['cases'][number][];

/** Runs the next of the cases that wait until none does. */
async function runOn(
  machine: VirtualMachine,
  waiting: Waiting,
  {
    suite,
    number,
    ...options
  }: SuiteOptions & { readonly suite: NamedMachineSuite; readonly number: number },
): Promise<CaseResult[]> {
  const { env, clock, print, signal } = options;
  const programs = new ProgramResolver({ env, clock, progress: print });
  const testEnv = { machine, drives: suite.drives, programs, env, clock, signal };
  const again = env.CI === 'true';
  const results: CaseResult[] = [];
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift())
    results.push(...(await runCases([next], testEnv, { clock, signal, print, again })));
  const failed = results.some(({ failure }) => failure !== undefined);
  if (failed) await keepLogs(machine, join(logsFolder('vm'), suite.family, `machine-${number}`), print);
  return results;
}

/** Copies the console and what guests shared to where a reader finds it. */
async function keepLogs(machine: VirtualMachine, kept: string, print: SuiteOptions['print']): Promise<void> {
  await makeFolder(kept);
  await cp(machine.console, join(kept, 'console.log'));
  const isBundle = (path: string): boolean => /\.mjs(\.map)?$/.test(path);
  await cp(machine.shared, kept, { recursive: true, filter: (path) => !isBundle(path) });
  print(`logs of the virtual machine are in ${kept}`);
}
