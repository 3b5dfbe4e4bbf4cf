import type { HostSpec } from '@rackwright/simulator';
import type { SidecarName } from '@rackwright/testbed';
import type { Case } from './case.ts';
import type { TestEnvironment } from './test-environment.ts';

/**
 * What one family of the registry brings to a run on a cluster:
 * `suites/<family>/suite.ts` exports one as `suite`.
 */
export interface Suite {
  /** Its hardware, by the name of the node that gets it (see `nodes.ts`). */
  readonly hosts: Readonly<Record<string, HostSpec>>;
  /** Values the chart is installed with for its cases, as `--set` expressions. */
  readonly values: readonly string[];
  /** Sidecars of CSI drivers that its pods have. */
  readonly sidecars?: readonly SidecarName[];
  /** ServiceAccounts of the installation whose rights are audited: what was asked beside what is granted. */
  accounts(testEnv: TestEnvironment): readonly string[];
  /**
   * Rights of these accounts that no case need use, as a sidecar wants them only where something
   * fails: `verb resource.group`, each with the reason.
   */
  readonly spareRights?: Readonly<Record<string, string>>;
  /** Run while the installation stands; each leaves it as it was. */
  readonly cases: readonly Case[];
  /** Run when the cases of every suite are over, each in a lane, beside those of other suites; each leaves the installation as it was. */
  readonly beside?: readonly Case[];
  /**
   * Run after the cases of every suite: they take the installation away, and see
   * that nothing is left. The first of them notes the rights (`testEnv.rights.note`).
   */
  readonly removal: readonly Case[];
}
