import { type Clock, HwError } from '@rackwright/core';
import { KubeClient } from '@rackwright/kube';
import { connect } from '@rackwright/manager';
import { type ConfigOf, defineOptions, type ServiceSpec } from '@rackwright/service';
import { tokenAccount } from '../claim/token.ts';
import { connectionOptions } from '../options.ts';
import type { Finding, Look, Self } from './findings.ts';
import { lookAt, verifiable } from './look.ts';
import { formatTable } from './table.ts';

const options = defineOptions({
  ...connectionOptions,
  controllers: {
    flag: 'controllers',
    type: 'list',
    default: ['cxidriver'],
    choices: verifiable,
    description: 'Controllers of the installation: what they look after is checked.',
  },
  timeout: {
    flag: 'timeout',
    type: 'duration',
    default: '2m',
    description: 'How long to wait for everything to be in order.',
  },
});

/** Between two looks, in milliseconds. There may be tens of thousands of NICs to read. */
const [periodMs, largePeriodMs] = [1000, 5000];

/** `operator-manager verify`: waits until the installation is in order, and prints what it saw. It only reads. */
export function verifyService(
  version: string,
  stdout: { write(text: string): unknown },
): ServiceSpec<typeof options> {
  return {
    name: 'operator-manager verify',
    version,
    description:
      'Checks that CRDs, CXIDrivers or the AidaptivCache, their DaemonSets and all NICs and drives are in order; exit code 1 if not in time.',
    options,
    start: async ({ config, clock, env, logger, lifetime }) => {
      const connection = await connect(config.kubeconfig, env, clock);
      const userAgent = `operator-manager-verify/${version}`;
      const client = lifetime.use(new KubeClient({ connection, clock, logger, userAgent }));
      const { token } = await connection.credentials();
      const self = selfOf(config, token);
      const scope = { client, self, signal: lifetime.signal, now: () => clock.now() };
      const look = (): Promise<Look> => lookAt(config.controllers, scope);
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
  look: () => Promise<Look>,
  { clock, timeoutMs, signal, waiting }: VerifyOptions,
): Promise<readonly Finding[]> {
  const end = clock.monotonic() + timeoutMs;
  for (let first = true; ; first = false) {
    const { findings, large } = await look();
    if (findings.every(({ ok }) => ok) || findings.some(({ final }) => final)) return findings;
    const waitMs = large ? largePeriodMs : periodMs;
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

function row({ what, ok, message }: Finding): string[] {
  return [what, ok ? 'yes' : 'NO', message];
}
