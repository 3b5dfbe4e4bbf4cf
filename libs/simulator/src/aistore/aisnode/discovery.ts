import { textAt } from '../process/json.ts';
import type { NodeContext } from './node-context.ts';
import { nodeOf, nodesOf, type Smap } from './smap.ts';
import { parseSmap } from './smap-json.ts';
import { answerMs, healthMs } from './timings.ts';

/**
 * The newest map any of these addresses tells; undefined when nobody answers.
 *
 * @param what `remembered` for what nodes that are in no cluster kept of the last one
 */
export async function newestMap(
  node: NodeContext,
  urls: Iterable<string>,
  what: 'smap' | 'remembered' = 'smap',
): Promise<Smap | undefined> {
  const own = node.self.intra_control_net.direct_url;
  const wanted = [...new Set(urls)].filter((url) => url !== '' && url !== own);
  const told = await Promise.all(
    wanted.map(async (url) => {
      const body = await node.peers.ask(`${url}/v1/daemon?what=${what}`, {
        method: 'GET',
        timeoutMs: healthMs,
      });
      return body === undefined ? undefined : parseSmap(body.toString('utf8'));
    }),
  );
  return told.reduce(
    (best, one) => (one !== undefined && one.version > (best?.version ?? 0) ? one : best),
    undefined,
  );
}

/** Control addresses of all proxies a map names. */
export function proxyUrls(smap: Smap | undefined): string[] {
  return smap === undefined ? [] : nodesOf(smap, 'proxy').map((proxy) => proxy.intra_control_net.direct_url);
}

/** One of the addresses of proxies in the configuration. */
export function configuredUrl(
  node: NodeContext,
  name: 'primary_url' | 'original_url' | 'discovery_url',
): string {
  return textAt(node.state.current.config.value, 'proxy', name);
}

export function configuredUrls(node: NodeContext): string[] {
  return (['primary_url', 'original_url', 'discovery_url'] as const).map((name) => configuredUrl(node, name));
}

/** Where the primary of a map is asked. */
export function primaryUrl(smap: Smap): string {
  return nodeOf(smap, smap.primary)?.intra_control_net.direct_url ?? '';
}

/**
 * Asks the primary to be taken into its cluster. Returns whether it was.
 *
 * @param hasStarted false for a node that only lost touch: its flags stay
 */
export async function joinAt(node: NodeContext, url: string, hasStarted: boolean): Promise<boolean> {
  // What the node knows is newer where the primary was away when it changed.
  const known = node.state.rememberedSmap === undefined ? 'null' : node.state.text();
  const body = `{"node":${JSON.stringify(node.self)},"known":${known},"hasStarted":${hasStarted}}`;
  const state = await node.peers.ask(`${url}/v1/cluster/autoreg`, {
    method: 'POST',
    body,
    timeoutMs: answerMs,
  });
  return state !== undefined && node.state.adopt(state.toString('utf8')) && node.state.isMember;
}

/** Whether a node answers at all. */
export async function isAlive(node: NodeContext, url: string): Promise<boolean> {
  return (await node.peers.ask(`${url}/v1/health`, { method: 'GET', timeoutMs: healthMs })) !== undefined;
}
