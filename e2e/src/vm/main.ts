/**
 * `npm run e2e:vm`: what needs the kernel's own drivers, in a virtual machine.
 * Arguments filter cases by a part of their name; `--suite FAMILY` takes those
 * of one family. A machine that cannot carry one skips them, unless `CI=true`
 * and `RACKWRIGHT_SKIP_VM` is not 1.
 */
import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { errorMessage, systemClock } from '@rackwright/core';
import { makeFolder } from '@rackwright/host';
import {
  buildApps,
  ProgramResolver,
  temporaryFolder,
  VirtualMachine,
  whyNoVirtualMachine,
} from '@rackwright/testbed';
import type { CaseResult } from '../case.ts';
import { faultReport, figureReport } from '../report.ts';
import { logsFolder } from '../results.ts';
import { failureLines, runCases, unsteadyLines } from '../run-cases.ts';
import { loadMachineSuites, type NamedMachineSuite } from './machine-suites.ts';

const { env } = process;
const clock = systemClock;
const print = (line: string): void => console.log(line);
/** A guest is slow, and slower where the machine has other work. */
const defaultDeadlineMs = 300_000;

const stop = new AbortController();
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(name, () => stop.abort(new Error(`${name} received`)));
}
try {
  process.exitCode = await run(process.argv.slice(2));
} catch (error) {
  console.error(`e2e:vm: ${errorMessage(error)}`);
  process.exitCode = stop.signal.aborted ? 130 : 1;
}

async function run(args: readonly string[]): Promise<number> {
  const options = { suite: { type: 'string', multiple: true } } as const;
  const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true });
  const suites = (await loadMachineSuites(values.suite)).map((suite) => choose(suite, positionals));
  const count = suites.flatMap(({ cases }) => cases).length;
  if (count === 0) throw new Error(`no case contains ${positionals.join(' or ')}`);
  const why = await whyNoVirtualMachine(
    env,
    suites.flatMap(({ needs }) => needs),
  );
  if (why !== undefined) return skip(suites, why);
  await buildApps({ clock, env, progress: print, signal: stop.signal });
  const results: CaseResult[] = [];
  for (const suite of suites) if (suite.cases.length > 0) results.push(...(await runSuite(suite)));
  return report(results);
}

/** The suite with those of its cases that are asked for and not too long. */
function choose(suite: NamedMachineSuite, filters: readonly string[]): NamedMachineSuite {
  const long = env.RACKWRIGHT_LONG_TESTS === '1';
  const asked = (name: string): boolean =>
    filters.length === 0 || filters.some((filter) => name.includes(filter));
  const cases = suite.cases.filter((item) => (long || item.long !== true) && asked(item.name));
  return { ...suite, cases: cases.map((item) => ({ deadlineMs: defaultDeadlineMs, ...item })) };
}

function skip(suites: readonly NamedMachineSuite[], why: string): number {
  const required = env.CI === 'true' && env.RACKWRIGHT_SKIP_VM !== '1';
  const cases = suites.flatMap(({ cases }) => cases);
  const reason = `no virtual machine: ${why}`;
  for (const { name } of cases) print(`- ${name} (${required ? 'not run' : 'skipped'}: ${reason})`);
  print(required ? `0 passed, ${cases.length} failed` : `0 passed, 0 failed, ${cases.length} skipped`);
  return required ? 1 : 0;
}

async function runSuite(suite: NamedMachineSuite): Promise<CaseResult[]> {
  const { signal } = stop;
  const { drives, modules, programs } = suite;
  await using folder = await temporaryFolder('rwv-');
  const options = { folder: folder.path, drives, modules, programs, env, clock, signal };
  const started = clock.monotonic();
  await using machine = await VirtualMachine.start({ ...options, progress: print });
  print(
    `virtual machine for ${suite.family} up after ${((clock.monotonic() - started) / 1000).toFixed(1)} s`,
  );
  const resolver = new ProgramResolver({ env, clock, progress: print });
  const testEnv = { machine, drives, programs: resolver, env, clock, signal };
  const results = await runCases(suite.cases, testEnv, { clock, signal, print, again: env.CI === 'true' });
  if (results.some(({ failure }) => failure !== undefined)) await keepLogs(machine, suite.family);
  return results;
}

/** Copies the console and what guests shared to where a reader finds it. */
async function keepLogs(machine: VirtualMachine, family: string): Promise<void> {
  const kept = join(logsFolder('vm'), family);
  await makeFolder(kept);
  await cp(machine.console, join(kept, 'console.log'));
  const isBundle = (path: string): boolean => /\.mjs(\.map)?$/.test(path);
  await cp(machine.shared, kept, { recursive: true, filter: (path) => !isBundle(path) });
  print(`logs of the virtual machine are in ${kept}`);
}

function report(results: readonly CaseResult[]): number {
  const broken = failureLines(results);
  const counts = `${results.length - broken.length} passed, ${broken.length} failed`;
  for (const line of [
    ...faultReport(results),
    ...figureReport(results),
    ...unsteadyLines(results),
    ...broken,
    counts,
  ])
    print(line);
  return broken.length === 0 ? 0 : 1;
}
