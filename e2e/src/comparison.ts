import type { CaseResult } from './case.ts';

/**
 * How the same cases ended on simulated and on real nodes, as a Markdown table.
 * Whatever a case found that differs is named: it is a bug of the double.
 */
export function comparisonLines(
  simulated: readonly CaseResult[] | undefined,
  node: readonly CaseResult[],
): string[] {
  if (simulated === undefined) return ['', 'nothing to compare with: npm run e2e has not run here', ''];
  const doubles = new Map(simulated.map((result) => [result.name, result]));
  const both = node.flatMap((real) => {
    const double = doubles.get(real.name);
    return double === undefined ? [] : [{ real, double }];
  });
  return [
    '',
    '| case | simulated | real | differs in |',
    '|---|---|---|---|',
    ...both.map(
      ({ real, double }) =>
        `| ${real.name} | ${outcome(double)} | ${outcome(real)} | ${differences(double, real).join('; ') || '–'} |`,
    ),
    '',
  ];
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
