import { customResourceDefinitions, cxiDefinitions, cxiDrivers } from '@rackwright/api';
import { type Clock, HwError } from '@rackwright/core';
import { cxi, kubernetes } from '@rackwright/keys';
import { type CustomResourceDefinition, ignoreNotFound, KubeClient, resources } from '@rackwright/kube';
import { connect, crdFindings } from '@rackwright/manager';
import { type ConfigOf, defineOptions, type ServiceSpec } from '@rackwright/service';
import { tokenAccount } from '../claim/token.ts';
import { connectionOptions } from '../options.ts';
import { readDevices } from './device-findings.ts';
import { type Finding, findingsOf, type Seen, type Self } from './findings.ts';
import { formatTable } from './table.ts';

const options = defineOptions({
  ...connectionOptions,
  timeout: {
    flag: 'timeout',
    type: 'duration',
    default: '2m',
    description: 'How long to wait for everything to be in order.',
  },
});

/** Between two looks, in milliseconds. There may be tens of thousands of NICs to read. */
const [periodMs, devicesPeriodMs] = [1000, 5000];

/** `operator-manager verify`: waits until the installation is in order, and prints what it saw. It only reads. */
export function verifyService(
  version: string,
  stdout: { write(text: string): unknown },
): ServiceSpec<typeof options> {
  return {
    name: 'operator-manager verify',
    version,
    description:
      'Checks that CRDs, CXIDrivers, their DaemonSets and all NICs are in order; exit code 1 if not in time.',
    options,
    start: async ({ config, clock, env, logger, lifetime }) => {
      const connection = await connect(config.kubeconfig, env, clock);
      const userAgent = `operator-manager-verify/${version}`;
      const client = lifetime.use(new KubeClient({ connection, clock, logger, userAgent }));
      const { token } = await connection.credentials();
      const self = selfOf(config, token);
      const look = (): Promise<Seen> => readInstallation(client, self, lifetime.signal);
      const print = (findings: readonly Finding[]): void => {
        stdout.write(formatTable([['CHECK', 'OK', 'MESSAGE'], ...findings.map(row)]));
      };
      const { signal } = lifetime;
      const findings = await verify(look, { clock, timeoutMs: config.timeout, signal, waiting: print });
      print(findings);
      const bad = findings.filter(({ ok }) => !ok);
      if (bad.length > 0)
        throw new HwError('FailedPrecondition', `not in order: ${bad.map(({ what }) => what).join(', ')}`);
    },
  };
}

/** How `verify` waits. */
export interface VerifyOptions {
  readonly clock: Clock;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  /** Told once what it begins to wait for, in case somebody ends it before its time. */
  waiting?(findings: readonly Finding[]): void;
}

/** Looks until everything is in order, cannot come into order or the time is over; returns the last findings. */
export async function verify(
  look: () => Promise<Seen>,
  { clock, timeoutMs, signal, waiting }: VerifyOptions,
): Promise<Finding[]> {
  const end = clock.monotonic() + timeoutMs;
  for (let first = true; ; first = false) {
    const seen = await look();
    const findings = findingsOf(seen);
    if (findings.every(({ ok }) => ok) || findings.some(({ final }) => final)) return findings;
    const waitMs = seen.devices === undefined ? periodMs : devicesPeriodMs;
    if (clock.monotonic() + waitMs > end) return findings;
    if (first) waiting?.(findings);
    await clock.sleep(waitMs, signal);
  }
}

/** A pod of the operator's account says by its token whose installation it verifies. */
function selfOf({ namespace, serviceAccount }: ConfigOf<typeof options>, token: string | undefined): Self {
  const own = tokenAccount(token)?.account;
  const account = serviceAccount ?? (own?.namespace === namespace ? own.name : undefined);
  return account === undefined ? { namespace } : { namespace, account };
}

async function readInstallation(client: KubeClient, self: Self, signal: AbortSignal): Promise<Seen> {
  const group = await ignoreNotFound(
    client.request<{ resources: { name: string }[] }>('GET', `/apis/${cxi.group}/${cxi.version}`, { signal }),
  );
  const served = group?.resources.map(({ name }) => name) ?? [];
  const labelSelector = `${kubernetes.label.managedBy}=${cxi.managedBy}`;
  const daemonSets = await client.list(resources.daemonSets, { labelSelector, signal });
  const drivers = served.includes(cxiDrivers.plural)
    ? await client.list(cxiDrivers, { signal })
    : { items: [] };
  const crds = await lackingCrds(client, signal);
  const rest = { self, served, crds, drivers: drivers.items, daemonSets: daemonSets.items };
  if (findingsOf(rest).some(({ ok }) => !ok)) return rest;
  return { ...rest, devices: await readDevices(client, signal) };
}

/** One sentence for each CRD that lacks something of this version. */
async function lackingCrds(client: KubeClient, signal: AbortSignal): Promise<string[]> {
  const needed = customResourceDefinitions(cxiDefinitions);
  const live = new Map<string, CustomResourceDefinition | undefined>();
  for (const { metadata } of needed) {
    const name = metadata?.name ?? '';
    const type = resources.customResourceDefinitions;
    live.set(name, await ignoreNotFound(client.get(type, { name }, { signal })));
  }
  return crdFindings(needed, (name) => live.get(name));
}

function row({ what, ok, message }: Finding): string[] {
  return [what, ok ? 'yes' : 'NO', message];
}
