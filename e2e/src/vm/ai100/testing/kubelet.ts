/**
 * The kubelet's side of the device plugin protocol, in the guest: it takes
 * registrations in the folder of a real kubelet, and answers on a socket what
 * it has seen and what a plugin allocates. It runs no pods, and says so.
 */
import { mkdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname } from 'node:path';
import { createInterface } from 'node:readline';
import { errorMessage, systemClock } from '@rackwright/core';
import { PlainKubelet, PlainPodResources } from '@rackwright/kubelet/testing';
import {
  areOffered,
  type KubeletAnswer,
  type KubeletQuestion,
  kubeletSocket,
  pluginFolder,
  podResourcesSocket,
} from './kubelet-protocol.ts';

mkdirSync(pluginFolder, { recursive: true });
rmSync(kubeletSocket, { force: true });
const kubelet = await PlainKubelet.start(pluginFolder);
mkdirSync(dirname(podResourcesSocket), { recursive: true });
rmSync(podResourcesSocket, { force: true });
await PlainPodResources.start(podResourcesSocket);
createServer((socket) => {
  createInterface(socket).on('line', (line) => {
    void answer(JSON.parse(line) as KubeletQuestion).then((value) =>
      socket.end(`${JSON.stringify(value)}\n`),
    );
  });
}).listen(kubeletSocket);

async function answer({ resource, awaits, allocate, preStart }: KubeletQuestion): Promise<KubeletAnswer> {
  if (awaits !== undefined) await untilOffered(resource, awaits);
  const seen = see(resource);
  try {
    if (allocate !== undefined) {
      const { containerResponses } = await kubelet.allocate(resource, [...allocate]);
      return { ...seen, container: containerResponses[0] };
    }
    if (preStart !== undefined) await kubelet.preStart(resource, [...preStart]);
    return seen;
  } catch (error) {
    return { ...seen, error: errorMessage(error) };
  }
}

function see(resource: string): KubeletAnswer {
  const plugin = kubelet.plugins.value.get(resource);
  return {
    registrations: kubelet.registrations.get(resource) ?? 0,
    connected: plugin !== undefined && !plugin.ended.value,
    devices: plugin?.devices.value ?? [],
    lists: plugin?.lists.length ?? 0,
  };
}

async function untilOffered(resource: string, wanted: NonNullable<KubeletQuestion['awaits']>): Promise<void> {
  const over = new AbortController();
  using _timer = systemClock.timer(wanted.withinMs, () => over.abort());
  while (!over.signal.aborted && !areOffered(see(resource), wanted)) await change(resource, over.signal);
}

/** Resolves when something of the plugin changes, another comes, or nobody waits any more. */
async function change(resource: string, over: AbortSignal): Promise<void> {
  const { plugins } = kubelet;
  const plugin = plugins.value.get(resource);
  const [devices, ended] = [plugin?.devices.value, plugin?.ended.value];
  const done = new AbortController();
  const either = AbortSignal.any([over, done.signal]);
  await Promise.any([
    plugins.until((now) => now.get(resource) !== plugin, either),
    ...(plugin === undefined
      ? []
      : [
          plugin.devices.until((now) => now !== devices, either),
          plugin.ended.until((now) => now !== ended, either),
        ]),
  ]).catch(() => undefined);
  done.abort();
}
