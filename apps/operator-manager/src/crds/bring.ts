import { crdShortfall } from '@rackwright/api';
import { adoptFields } from '@rackwright/controller';
import { type Clock, formatDuration, HwError } from '@rackwright/core';
import { type CustomResourceDefinition, ignoreNotFound, type KubeClient, resources } from '@rackwright/kube';

/** Owner of the fields of the CRDs under server-side apply. */
const fieldManager = 'rackwright-crds';

/** Between two looks at a CRD that is being established, in milliseconds. */
const periodMs = 250;

/** What is done about one CRD. */
export type CrdAction =
  /** It is not there. */
  | 'create'
  /** It becomes that of this version. */
  | 'update'
  /** It has all that this version needs and more: that of a newer version, which an older one must not cut down. */
  | 'keep';

/** Decides it from what this version needs and what is there. */
export function crdAction(
  needed: CustomResourceDefinition,
  live: CustomResourceDefinition | undefined,
): CrdAction {
  if (live === undefined) return 'create';
  const isNewer = crdShortfall(needed, live).length === 0 && crdShortfall(live, needed).length > 0;
  return isNewer ? 'keep' : 'update';
}

/** The calls CRDs are brought with. */
export type CrdWriter = Pick<KubeClient, 'get' | 'apply' | 'patch'>;

/**
 * Applies the CRDs of this version and waits until the API server serves them.
 * None is ever deleted, and none of a newer version is cut down.
 *
 * @throws KubeError when the API server refuses one; HwError DeadlineExceeded when one is not served in time
 */
export async function bringCrds(
  client: CrdWriter,
  needed: readonly CustomResourceDefinition[],
  options: {
    readonly clock: Clock;
    readonly timeoutMs: number;
    readonly signal: AbortSignal;
    /** Told of each CRD once it is done. */
    done(name: string, action: CrdAction): void;
  },
): Promise<void> {
  const end = options.clock.monotonic() + options.timeoutMs;
  for (const crd of needed) {
    const name = crd.metadata?.name ?? '';
    const live = await read(client, name, options.signal);
    const action = crdAction(crd, live);
    if (action !== 'keep') await apply(client, crd, live !== undefined, options.signal);
    await established(client, name, end, options);
    options.done(name, action);
  }
}

async function apply(
  client: CrdWriter,
  crd: CustomResourceDefinition,
  exists: boolean,
  signal: AbortSignal,
): Promise<void> {
  const type = resources.customResourceDefinitions;
  // Helm created it without server-side apply; what it alone owns could never be taken away.
  if (exists) await adoptFields(client, type, { name: crd.metadata?.name ?? '' }, fieldManager, signal);
  await client.apply(type, crd, { fieldManager, signal });
}

async function established(
  client: CrdWriter,
  name: string,
  end: number,
  { clock, timeoutMs, signal }: { clock: Clock; timeoutMs: number; signal: AbortSignal },
): Promise<void> {
  for (;;) {
    const conditions = (await read(client, name, signal))?.status?.conditions ?? [];
    if (conditions.some(({ type, status }) => type === 'Established' && status === 'True')) return;
    if (clock.monotonic() + periodMs > end) {
      const why = conditions.find(({ status }) => status === 'False')?.message ?? 'its status says nothing';
      throw new HwError(
        'DeadlineExceeded',
        `CRD ${name} is not served after ${formatDuration(timeoutMs)}: ${why}`,
      );
    }
    await clock.sleep(periodMs, signal);
  }
}

function read(
  client: Pick<KubeClient, 'get'>,
  name: string,
  signal: AbortSignal,
): Promise<CustomResourceDefinition | undefined> {
  return ignoreNotFound(client.get(resources.customResourceDefinitions, { name }, { signal }));
}
