import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ProcessRunner } from '@rackwright/host';

/** How csi-sanity is run against a driver. */
export interface CsiSanityOptions {
  /** Path of the program. */
  readonly program: string;
  /** The driver's socket, as `unix:///path`. */
  readonly endpoint: string;
  /** Folder for mount points and the report, seen by the driver too. */
  readonly folder: string;
  /** Where it runs. */
  readonly runner: ProcessRunner;
  /** Reads the report, by its path where it runs. Default a file of this machine. */
  readonly readReport?: (path: string) => Promise<string>;
  /** Flags beside those, such as `--csi.testvolumesize=100663296`. */
  readonly flags?: readonly string[];
  /** Time limit in milliseconds. Default 5 min. */
  readonly deadlineMs?: number;
  readonly signal?: AbortSignal;
}

/** What csi-sanity found. */
export interface CsiSanityReport {
  readonly passed: number;
  readonly skipped: number;
  /** Name and message of each spec that did not pass. */
  readonly failures: readonly string[];
}

/** Parts of Ginkgo's report. */
interface GinkgoSuite {
  readonly SpecReports: readonly {
    readonly LeafNodeType: string;
    readonly LeafNodeText: string;
    readonly ContainerHierarchyTexts: readonly string[] | null;
    readonly State: string;
    readonly Failure?: { readonly Message: string };
  }[];
}

/**
 * Runs the conformance tests of CSI drivers.
 *
 * @throws when it does not come to a report
 */
export async function runCsiSanity(options: CsiSanityOptions): Promise<CsiSanityReport> {
  const { program, endpoint, folder, runner, flags = [], deadlineMs = 300_000, signal } = options;
  const { readReport = (path: string) => readFile(path, 'utf8') } = options;
  const report = join(folder, 'report.json');
  const outcome = await runner.run(
    [
      program,
      `--csi.endpoint=${endpoint}`,
      `--csi.mountdir=${join(folder, 'mount')}`,
      `--csi.stagingdir=${join(folder, 'staging')}`,
      `--ginkgo.json-report=${report}`,
      ...flags,
    ],
    { deadlineMs, ...(signal && { signal }) },
  );
  const text = await readReport(report).catch((cause: unknown) => {
    throw new Error(`csi-sanity ended without a report: ${outcome.stderr || outcome.stdout}`, { cause });
  });
  return summary(JSON.parse(text) as GinkgoSuite[]);
}

function summary(suites: readonly GinkgoSuite[]): CsiSanityReport {
  const specs = suites.flatMap(({ SpecReports }) => SpecReports);
  const count = (state: string): number =>
    specs.filter(({ LeafNodeType, State }) => LeafNodeType === 'It' && State === state).length;
  const failures = specs
    .filter(({ State }) => !['passed', 'skipped', 'pending'].includes(State))
    .map(({ ContainerHierarchyTexts, LeafNodeText, State, Failure }) =>
      [...(ContainerHierarchyTexts ?? []), LeafNodeText, State, Failure?.Message].join(' '),
    );
  return { passed: count('passed'), skipped: count('skipped'), failures };
}
