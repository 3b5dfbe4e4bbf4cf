import { fileURLToPath } from 'node:url';
import { kubernetes } from '@rackwright/keys';
import { type DaemonSet, resources } from '@rackwright/kube';
import { cxi } from '@rackwright/registry';
import { parseAllDocuments } from 'yaml';
import type { Case } from '../../case.ts';
import { expectEqual } from '../../expect.ts';

interface Essence {
  readonly image: string | undefined;
  readonly mounts: readonly string[];
  readonly securityContext: unknown;
  readonly ports: unknown;
  readonly updateStrategy: string | undefined;
  readonly affinity: unknown;
  /** Whether a new pod starts beside the old one of its node. */
  readonly surges: boolean;
}

export const standaloneCharts: readonly Case[] = [
  {
    name: "an agent's own chart mounts, opens and may do what the operator gives it",
    async run(testEnv) {
      const { items } = await testEnv.kube.list(resources.daemonSets, { namespace: testEnv.namespace });
      for (const { component, name: chart } of cxi.apps) {
        const folder = fileURLToPath(new URL(`../../../../charts/${chart}`, import.meta.url));
        // The others are for the umbrella only.
        const shared = testEnv.values.filter((value) => value.startsWith('global.'));
        const values = shared.flatMap((value) => ['--set', value]);
        const rendered = await testEnv.helm(
          'template',
          'alone',
          folder,
          '--namespace',
          testEnv.namespace,
          ...values,
        );
        expectEqual(`helm template ${chart}: ${rendered.stderr}`, rendered.code, 0);
        const objects = parseAllDocuments(rendered.stdout).map(
          (document) => document.toJS() as DaemonSet | null,
        );
        const alone = objects.find((object) => object?.kind === 'DaemonSet');
        const managed = items.find(
          (item) => item.metadata?.labels?.[kubernetes.label.component] === component,
        );
        expectEqual(chart, essence(alone), essence(managed));
      }
    },
  },
];

function essence(daemonSet: DaemonSet | null | undefined): Essence {
  const pod = daemonSet?.spec?.template?.spec;
  const container = pod?.containers[0];
  const sources = new Map(pod?.volumes?.map(({ name, hostPath }) => [name, sourceOf(hostPath)]));
  return {
    image: container?.image,
    mounts: (container?.volumeMounts ?? [])
      .map(
        ({ name, mountPath, readOnly, mountPropagation }) =>
          `${sources.get(name)} on ${mountPath} ${readOnly ? 'ro' : 'rw'} ${mountPropagation ?? 'None'}`,
      )
      .sort(),
    securityContext: effective(pod?.securityContext, container?.securityContext),
    ports: container?.ports?.map(({ name, containerPort }) => `${name} ${containerPort}`),
    updateStrategy: daemonSet?.spec?.updateStrategy?.type,
    affinity: pod?.affinity,
    surges: !['undefined', '0', '0%'].includes(
      String(daemonSet?.spec?.updateStrategy?.rollingUpdate?.maxSurge),
    ),
  };
}

/** A host path and what it has to be; that a folder must be there goes without saying. */
function sourceOf(hostPath: { readonly path: string; readonly type?: string } | undefined): string {
  const { path = 'no host path', type = '' } = hostPath ?? {};
  return type === '' || type === 'Directory' ? path : `${path} (${type})`;
}

/** What holds for the container: its own context over the pod's. The group of root says nothing more than its user. */
function effective(pod: object | undefined, container: object | undefined): unknown {
  const context: Record<string, unknown> = { ...pod, ...container };
  if (context.runAsUser === 0 && context.runAsGroup === 0) delete context.runAsGroup;
  return context;
}
