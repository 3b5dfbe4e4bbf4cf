import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Clock, HwError } from '@rackwright/core';
import type { RunOutcome } from '@rackwright/host';

/** The programs an installation needs of a control plane. */
export interface InstallTarget {
  kubectl(...args: string[]): Promise<RunOutcome>;
  helm(...args: string[]): Promise<RunOutcome>;
}

/** How the umbrella chart is installed. */
export interface InstallOptions {
  readonly clock: Clock;
  readonly progress?: (line: string) => void;
  readonly signal?: AbortSignal;
  /** Extra `--set` expressions. */
  readonly set?: readonly string[];
}

/** An installed release. */
export interface RackwrightInstallation {
  readonly release: string;
  readonly namespace: string;
  /** Name of the CXIDriver the chart made. */
  readonly driver: string;
}

/** The umbrella chart of this checkout. */
export const umbrellaChart = join(
  dirname(dirname(dirname(dirname(fileURLToPath(import.meta.url))))),
  'charts/rackwright',
);

/** The value for nodes and images that are of this machine, whatever images are released for. */
export const thisArchitecture = `global.architectures={${process.arch === 'x64' ? 'amd64' : process.arch}}`;

const release = 'rackwright';
const namespace = 'slingshot-system';
const driver = 'cxi';

/**
 * Installs the umbrella chart with Helm as the README says, and waits until its
 * CXIDriver is Ready.
 *
 * @throws HwError FailedPrecondition with what Helm or kubectl said
 */
export async function installRackwright(
  target: InstallTarget,
  options: InstallOptions,
): Promise<RackwrightInstallation> {
  const progress = options.progress ?? (() => undefined);
  progress(`installing ${umbrellaChart} with Helm`);
  await expectSuccess('kubectl create namespace', target.kubectl('create', 'namespace', namespace));
  await expectSuccess(
    'kubectl label namespace',
    target.kubectl('label', 'namespace', namespace, 'pod-security.kubernetes.io/enforce=privileged'),
  );
  const set = [`cxi.driver.name=${driver}`, thisArchitecture, ...(options.set ?? [])].flatMap(
    (expression) => ['--set', expression],
  );
  await expectSuccess(
    'helm install',
    target.helm(
      'install',
      release,
      umbrellaChart,
      '--namespace',
      namespace,
      '--wait',
      '--timeout=3m',
      ...set,
    ),
  );
  options.signal?.throwIfAborted();
  progress(`waiting for cxidriver/${driver} to be Ready`);
  const ready = await target.kubectl(
    'wait',
    '--for=condition=Ready',
    `cxidriver/${driver}`,
    '--timeout=120s',
  );
  if (ready.code !== 0) throw await notReady(target, ready);
  return { release, namespace, driver };
}

/** What a user would look at next: the driver's conditions and the pods. */
async function notReady(target: InstallTarget, waited: RunOutcome): Promise<HwError> {
  const conditions = await target.kubectl(
    'get',
    `cxidriver/${driver}`,
    '--output=jsonpath={range .status.conditions[*]}{.type}={.status} {.reason}: {.message}{"\\n"}{end}',
  );
  const pods = await target.kubectl('get', 'pods', '--namespace', namespace, '--output=wide');
  const seen = `${conditions.stdout}\n${pods.stdout}`.trim();
  return new HwError('FailedPrecondition', `${waited.stderr.trim()}\n${seen}`);
}

async function expectSuccess(what: string, running: Promise<RunOutcome>): Promise<void> {
  const outcome = await running;
  if (outcome.code !== 0)
    throw new HwError(
      'FailedPrecondition',
      `${what} failed: ${outcome.stderr.trim() || outcome.stdout.trim()}`,
    );
}
