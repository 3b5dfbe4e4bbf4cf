/**
 * The kubelet's side of the device plugin protocol, in the guest: it takes
 * registrations in the folder of a real kubelet, and answers on a socket what
 * it has seen and what a plugin allocates. It runs no pods, and says so.
 */
import { mkdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname } from 'node:path';
import { createInterface } from 'node:readline';
import { errorMessage } from '@rackwright/core';
import { PlainKubelet, PlainPodResources } from '@rackwright/kubelet/testing';
import {
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

async function answer({ resource, allocate, preStart }: KubeletQuestion): Promise<KubeletAnswer> {
  const plugin = kubelet.plugins.value.get(resource);
  const seen = {
    registrations: kubelet.registrations.get(resource) ?? 0,
    connected: plugin !== undefined && !plugin.ended.value,
    devices: plugin?.devices.value ?? [],
    lists: plugin?.lists.length ?? 0,
  };
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
