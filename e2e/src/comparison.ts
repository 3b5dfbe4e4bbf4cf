import { oneLine } from '@rackwright/core';
import type { CaseResult } from './case.ts';
import { type KeptResults, unknownVersion } from './results.ts';

/** How the same cases ended on simulated and on real nodes. */
export interface Comparison {
  /** A Markdown table. */
  readonly lines: readonly string[];
  /**
   * Passed cases that found something else: each is a bug of the double. One,
   * when there had to be a comparison and was none.
   */
  readonly failures: number;
  /** One line for each of them: the case, and what it found on both. */
  readonly named: readonly string[];
}

/**
 * Compares what the same cases found on simulated and on real nodes.
 *
 * @param simulated what the last whole run on simulated nodes left; one of another version is not compared
 * @param version the checkout that ran on real nodes
 * @param required whether nothing to compare with is a failure
 */
export function compare(
  simulated: KeptResults | undefined,
  node: readonly CaseResult[],
  { version, required = false }: { readonly version: string; readonly required?: boolean },
): Comparison {
  if (simulated?.version !== version || version === unknownVersion) {
    const found = simulated === undefined ? 'has not run here' : `last ran here on ${simulated.version}`;
    const where = `${found}, and this is ${version}`;
    const line = `nothing to compare with: npm run e2e ${where}${required ? '; failed, for there must be a comparison' : ''}`;
    return { lines: ['', line, ''], failures: required ? 1 : 0, named: required ? [line] : [] };
  }
  const doubles = new Map(simulated.results.map((result) => [result.name, result]));
  const rows = node.flatMap((real) => {
    const double = doubles.get(real.name);
    return double === undefined ? [] : [{ real, double, differs: differences(double, real) }];
  });
  const lines = rows.map(
    ({ real, double, differs }) =>
      `| ${real.name} | ${outcome(double)} | ${outcome(real)} | ${facts(real)} | ${differs.join('; ') || '–'} |`,
  );
  // A case that failed counts already.
  const named = rows
    .filter(({ real, differs }) => real.failure === undefined && differs.length > 0)
    .map(({ real, differs }) => `${real.name}: ${oneLine(differs.join('; '))}`);
  return {
    lines: [
      '',
      '| case | simulated | real | facts compared | differs in |',
      '|---|---|---|---|---|',
      ...lines,
      '',
    ],
    failures: named.length,
    named,
  };
}

function facts({ findings = {} }: CaseResult): number {
  return Object.keys(findings).length;
}

/** One sentence per finding that is not the same. */
export function differences(double: CaseResult, real: CaseResult): string[] {
  const a = { outcome: ended(double), ...double.findings };
  const b = { outcome: ended(real), ...real.findings };
  return [...new Set([...Object.keys(a), ...Object.keys(b)])]
    .map((key) => ({ key, double: textOf(a, key), real: textOf(b, key) }))
    .filter((fact) => fact.double !== fact.real)
    .map((fact) => `${fact.key}: ${fact.double} simulated, ${fact.real} real`);
}

function textOf(facts: Readonly<Record<string, string>>, key: string): string {
  return facts[key] ?? 'nothing';
}

function ended(result: CaseResult): string {
  return result.failure === undefined ? 'passed' : 'failed';
}

function outcome(result: CaseResult): string {
  return `${ended(result)}, ${result.seconds.toFixed(1)} s`;
}
