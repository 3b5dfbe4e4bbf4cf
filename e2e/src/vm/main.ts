/**
 * `npm run e2e:vm`: what needs the kernel's own drivers, in a virtual machine.
 * Arguments filter cases by a part of their name; `--suite FAMILY` takes those
 * of one family. A machine that cannot carry one skips them, unless `CI=true`
 * and `RACKWRIGHT_SKIP_VM` is not 1.
 */
import { parseArgs } from 'node:util';
import { errorMessage, systemClock } from '@rackwright/core';
import { buildApps, whyNoVirtualMachine } from '@rackwright/testbed';
import type { CaseResult } from '../case.ts';
import { faultReport, figureReport } from '../report.ts';
import { failureLines, unsteadyLines } from '../run-cases.ts';
import { loadMachineSuites, type NamedMachineSuite } from './machine-suites.ts';
import { runSuite } from './run-suite.ts';

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
  const given = { env, clock, print, signal: stop.signal };
  for (const suite of suites) if (suite.cases.length > 0) results.push(...(await runSuite(suite, given)));
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
