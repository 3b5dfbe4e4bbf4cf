import { kubelet } from '@rackwright/keys';
import type { ContainerState, ContainerStatus } from '@rackwright/kube';
import { brief, type Cause } from './agent-failure.ts';
import type { RolloutAgent } from './kind.ts';

const { waiting, terminated } = kubelet;
type Terminated = NonNullable<ContainerState['terminated']>;

/** Waiting for these is how every container begins. */
const beginnings: ReadonlySet<string> = new Set([waiting.containerCreating, waiting.podInitializing]);

const image = 'check the name of the image and that the nodes may pull it (registry, imagePullSecrets)';
const config = 'make what the message names, or take it out of the spec';
const runtime = "look at the container runtime's log on that node";

const remedies: Readonly<Record<string, string>> = {
  [waiting.errImagePull]: image,
  [waiting.imagePullBackOff]: image,
  [waiting.invalidImageName]: image,
  [waiting.errImageNeverPull]: image,
  [waiting.createConfigError]: config,
  [waiting.createError]: runtime,
  [waiting.runError]: runtime,
};

/** What keeps a container from running; undefined while it runs or only begins to. */
export function containerFailure(status: ContainerStatus, agent: RolloutAgent): Cause | undefined {
  const reason = status.state?.waiting?.reason;
  const crash = crashOf(status);
  if (crash !== undefined) return crashCause(crash, agent);
  if (reason === undefined || beginnings.has(reason)) return undefined;
  return {
    cause: joined(isImage(reason) ? `${reason} of ${status.image}` : reason, status.state?.waiting?.message),
    remedy: remedies[reason] ?? runtime,
  };
}

/**
 * How the container ended that ends again and again. Seen between two ends it
 * runs, or has just ended: the cause is the same.
 */
function crashOf({ state = {}, lastState, ready, restartCount }: ContainerStatus): Terminated | undefined {
  const last = state.terminated ?? lastState?.terminated;
  if (last === undefined || ready) return undefined;
  if (state.waiting?.reason === waiting.crashLoop) return last;
  if (state.terminated !== undefined) return state.terminated.exitCode === 0 ? undefined : last;
  return state.running !== undefined && restartCount > 1 && last.exitCode !== 0 ? last : undefined;
}

function crashCause({ reason, exitCode, message }: Terminated, { specPath }: RolloutAgent): Cause {
  if (reason === terminated.oomKilled) {
    const remedy = `raise ${specPath}.resources.limits.memory`;
    return { cause: `${terminated.oomKilled}: it needs more memory than its limit`, remedy };
  }
  const cause = joined(`${waiting.crashLoop}, last exit code ${exitCode}`, message);
  return { cause, remedy: 'mend what the message says, or read more with kubectl logs --previous' };
}

function isImage(reason: string): boolean {
  return remedies[reason] === image;
}

function joined(what: string, message: string | undefined): string {
  const text = brief(message);
  return text === '' ? what : `${what}: ${text}`;
}
