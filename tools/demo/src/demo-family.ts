import type { KubeClient } from '@rackwright/kube';
import { families } from '@rackwright/registry';
import type { Check, Checked } from './check.ts';
import type { Section } from './section.ts';
import type { ClusterStatus } from './status.ts';

/** What a family of the registry shows in the demo: `families/<family>/demo.ts` exports one as `demo`. */
export interface DemoFamily {
  /** Values the chart is installed with, as `--set` expressions. */
  readonly values: readonly string[];
  /** Extended resources shown beside each node. */
  readonly resources: readonly string[];
  /** Tables of its objects as they are now. */
  sections(kube: KubeClient): Promise<readonly Section[]>;
  /** Run in order once the installation is Ready. */
  readonly checks: readonly Check[];
  /** Faults, injected after the checks of every family when the demo ends by itself. */
  readonly faults: readonly Check[];
  /** Lines a user may type into another terminal. */
  hints(checked: Checked, status: ClusterStatus): readonly string[];
}

/** Loads what every family shows. */
export function loadDemoFamilies(): Promise<DemoFamily[]> {
  return Promise.all(
    families.map(async ({ name }) => {
      const { demo } = (await import(`./families/${name}/demo.ts`)) as { readonly demo: DemoFamily };
      return demo;
    }),
  );
}
