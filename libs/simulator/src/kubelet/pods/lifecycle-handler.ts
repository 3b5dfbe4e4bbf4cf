import { HwError } from '@rackwright/core';
import type { NodeContext } from '../node-context.ts';
import type { Container, Handler } from '../pod-model.ts';
import { httpGet } from '../probes/http-get.ts';

/** A lifecycle hook of a running container. */
export interface HandlerRun {
  readonly handler: Handler;
  readonly container: Container;
  readonly containerId: string;
  /** Address of the pod. */
  readonly host: string;
  readonly signal?: AbortSignal;
  /** Most milliseconds a command may take; default a day. */
  readonly timeoutMs?: number;
}

const day = 86_400_000;

/** @throws HwError when the hook fails */
export async function runHandler(node: NodeContext, run: HandlerRun): Promise<void> {
  const { handler, container, containerId, host } = run;
  const signal = run.signal ?? new AbortController().signal;
  if (handler.exec) {
    const { exitCode, output } = await node.runtime.exec(
      containerId,
      handler.exec.command ?? [],
      run.timeoutMs ?? day,
    );
    if (exitCode !== 0) throw new HwError('Internal', `the hook ended with ${exitCode}: ${output}`);
  } else if (handler.httpGet) {
    const { status } = await httpGet(handler.httpGet, container, host, signal);
    if (status < 200 || status >= 400) throw new HwError('Internal', `the hook was answered ${status}`);
  } else if (handler.sleep) {
    await node.clock.sleep(handler.sleep.seconds * 1000, signal);
  } else {
    throw new HwError('Unsupported', 'the kubelet double does not know this kind of hook');
  }
}
