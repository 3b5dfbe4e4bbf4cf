import { connect } from 'node:net';
import { type Clock, errorMessage, HwError, withDeadline } from '@rackwright/core';
import type { Container, Probe } from '../pod-model.ts';
import type { ContainerRuntime } from '../runtime/container-runtime.ts';
import { containerPort, httpGet } from './http-get.ts';

/** One probe of one running container. */
export interface ProbeTarget {
  readonly container: Container;
  readonly containerId: string;
  /** Address of the pod. */
  readonly host: string;
  readonly runtime: ContainerRuntime;
  readonly clock: Clock;
}

/** What one try found. */
export interface ProbeOutcome {
  readonly ok: boolean;
  /** Why it failed, for the event. */
  readonly message: string;
}

/**
 * Carries out a probe once. A probe that cannot be carried out has failed.
 *
 * @param stop gives the probe up
 */
export async function runProbe(probe: Probe, target: ProbeTarget, stop?: AbortSignal): Promise<ProbeOutcome> {
  const timeoutMs = (probe.timeoutSeconds ?? 1) * 1000;
  try {
    const work = (signal: AbortSignal): Promise<ProbeOutcome> => act(probe, target, timeoutMs, signal);
    return await withDeadline(target.clock, timeoutMs, 'the probe', work, stop);
  } catch (error) {
    return { ok: false, message: errorMessage(error) };
  }
}

async function act(
  probe: Probe,
  { container, containerId, host, runtime }: ProbeTarget,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<ProbeOutcome> {
  if (probe.exec) {
    const { exitCode, output } = await runtime.exec(containerId, probe.exec.command ?? [], timeoutMs);
    return { ok: exitCode === 0, message: output };
  }
  if (probe.httpGet) {
    const { status } = await httpGet(probe.httpGet, container, host, signal);
    return { ok: status >= 200 && status < 400, message: `HTTP probe failed with statuscode: ${status}` };
  }
  if (probe.tcpSocket) {
    const port = containerPort(probe.tcpSocket.port, container);
    await tcpConnect(probe.tcpSocket.host || host, port, signal);
    return { ok: true, message: '' };
  }
  throw new HwError('Unsupported', 'the kubelet double does not know this kind of probe');
}

function tcpConnect(host: string, port: number, signal: AbortSignal): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const socket = connect({ host, port });
  const finish = (settle: () => void): void => {
    socket.destroy();
    settle();
  };
  socket.once('connect', () => finish(resolve));
  socket.once('error', (error) => finish(() => reject(error)));
  signal.addEventListener('abort', () => finish(() => reject(signal.reason)), { once: true });
  return promise;
}
