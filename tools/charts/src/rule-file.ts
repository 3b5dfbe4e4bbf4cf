import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '@rackwright/core';
import { SystemProcessRunner } from '@rackwright/host';
import { workspaceRoot } from '@rackwright/testbed/without-nodes';
import { parse, stringify } from 'yaml';

/** A group of Prometheus rules. */
export interface Group {
  readonly name: string;
  readonly rules: readonly {
    readonly alert?: string;
    readonly record?: string;
    readonly expr: string;
    readonly labels?: Readonly<Record<string, string>>;
  }[];
}

/** Series by name with labels → its values, one a minute, as promtool writes them. */
export type Series = Readonly<Record<string, string>>;

/** @param path below the root of the workspace */
export async function readGroup(path: string): Promise<Group> {
  return parse(await readFile(join(workspaceRoot, path), 'utf8')) as Group;
}

/** Series as a test of promtool takes them. */
export const inputs = (series: Series): { series: string; values: string }[] =>
  Object.entries(series).map(([name, values]) => ({ series: name, values }));

interface Outcome {
  readonly code: number | undefined;
  readonly said: string;
}

/** A file of rules that promtool tests. */
export class RuleFile implements AsyncDisposable {
  readonly #folder: string;
  readonly #runner = new SystemProcessRunner(systemClock);

  private constructor(folder: string) {
    this.#folder = folder;
  }

  static async write(groups: readonly Group[]): Promise<RuleFile> {
    const folder = await mkdtemp(join(tmpdir(), 'rwrules-'));
    await writeFile(join(folder, 'rules.yaml'), stringify({ groups }));
    return new RuleFile(folder);
  }

  check(): Promise<Outcome> {
    return this.#promtool('check', 'rules', 'rules.yaml');
  }

  async test(tests: readonly object[]): Promise<Outcome> {
    const file = { rule_files: ['rules.yaml'], evaluation_interval: '1m', tests };
    await writeFile(join(this.#folder, 'tests.yaml'), stringify(file));
    return this.#promtool('test', 'rules', 'tests.yaml');
  }

  /**
   * Whether an alert fires, once, after two hours of what was measured.
   *
   * @throws if promtool finds anything but that it does or does not
   */
  async fires(alertname: string, series: Series): Promise<boolean> {
    const firing = {
      expr: `count(ALERTS{alertname="${alertname}",alertstate="firing"}) or vector(0)`,
      eval_time: '2h',
      exp_samples: [{ labels: '{}', value: 1 }],
    };
    const one = { interval: '1m', input_series: inputs(series), promql_expr_test: [firing] };
    const { code, said } = await this.test([one]);
    if (code !== 0 && !/got:\s*{} 0E\+00/.test(said)) throw new Error(`${alertname}: ${said}`);
    return code === 0;
  }

  async #promtool(...argv: string[]): Promise<Outcome> {
    const options = { deadlineMs: 60_000, cwd: this.#folder };
    const { code, stdout, stderr } = await this.#runner.run(['promtool', ...argv], options);
    return { code: code ?? undefined, said: `${stdout}${stderr}` };
  }

  [Symbol.asyncDispose](): Promise<void> {
    return rm(this.#folder, { recursive: true, force: true });
  }
}
