import type { KubeClient } from '@rackwright/kube';
import { families } from '@rackwright/registry';
import type { HostSpec } from '@rackwright/simulator';
import type { SidecarName } from '@rackwright/testbed';
import type { Check, Checked } from './check.ts';
import type { Section } from './section.ts';
import type { ClusterStatus } from './status.ts';

/** What a family of the registry shows in the demo: `families/<family>/demo.ts` exports one as `demo`. */
export interface DemoFamily {
  /** Its hardware beside that of the demo's nodes, by the name of the node. */
  readonly hosts: Readonly<Record<string, HostSpec>>;
  /** Values the chart is installed with, as `--set` expressions. */
  readonly values: readonly string[];
  /** Sidecars of CSI drivers that its pods have. */
  readonly sidecars?: readonly SidecarName[];
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

/** Others need them: nodes are labelled, and operators roll out. */
const always: readonly string[] = ['control-plane', 'discovery'];

/**
 * Loads what the families with these names show, or every family; those that all
 * others stand on are always among them.
 *
 * @throws when a name is none of a family
 */
export function loadDemoFamilies(names: readonly string[] = []): Promise<DemoFamily[]> {
  const known: readonly string[] = families.map(({ name }) => name);
  const unknown = names.filter((name) => !known.includes(name));
  if (unknown.length > 0)
    throw new Error(`there is no suite ${unknown.join(', ')}; there is ${known.join(', ')}`);
  const chosen =
    names.length === 0 ? known : known.filter((name) => always.includes(name) || names.includes(name));
  return Promise.all(
    chosen.map(async (name) => {
      const { demo } = (await import(`./families/${name}/demo.ts`)) as { readonly demo: DemoFamily };
      return demo;
    }),
  );
}
