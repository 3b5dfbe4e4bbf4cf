import { type ChildProcess, spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type IncomingHttpHeaders, request } from 'node:http';
import { request as secureRequest } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { systemClock, withDeadline } from '@rackwright/core';
import { bundle } from '../../host/bundle.ts';
import { knobVariables } from '../aisnode/knobs.ts';
import type { Role } from '../aisnode/smap.ts';
import { at, type JsonObject, parseObject } from '../process/json.ts';

/** What a request was answered. */
export interface Reply {
  readonly status: number;
  readonly text: string;
  readonly headers: IncomingHttpHeaders;
}

/** A program that was started, whether it runs or not. */
export interface LocalProcess {
  readonly process: ChildProcess;
  readonly output: () => string;
  readonly exit: Promise<number | null>;
}

export interface LocalNode extends LocalProcess {
  readonly role: Role;
  readonly url: string;
  readonly folder: string;
}

export interface NodeStart {
  readonly env?: Readonly<Record<string, string>>;
  readonly ntargets?: number;
  readonly config?: JsonObject;
  /** A real program in place of the stand-in. */
  readonly program?: string;
}

/** A hundred times as fast as a real cluster, where nothing else is asked for. */
const pace = '0.01';
const ports = { proxy: 51_080, target: 51_081, control: 51_082, data: 51_083 } as const;

let program: Promise<Uint8Array> | undefined;

/** Nodes of one cluster as processes of this machine, each with a loopback address of its own. */
export class LocalCluster implements AsyncDisposable {
  readonly folder: string;
  readonly nodes = new Map<string, LocalNode>();
  readonly #prefix = `127.${randomInt(16, 240)}.${randomInt(1, 255)}.`;
  readonly #addresses = new Map<string, string>();
  readonly #settings: NodeStart;

  private constructor(folder: string, settings: NodeStart) {
    this.folder = folder;
    this.#settings = settings;
  }

  /** @param settings of every node, where its own do not say otherwise */
  static async create(settings: NodeStart = {}): Promise<LocalCluster> {
    const folder = mkdtempSync(join(tmpdir(), 'rw-ais-'));
    program ??= bundle(fileURLToPath(new URL('../main.ts', import.meta.url)));
    writeFileSync(join(folder, 'aistore.mjs'), await program);
    return new LocalCluster(folder, settings);
  }

  /** Proxies and targets that form a cluster. */
  static async started(proxies: number, targets: number, settings: NodeStart = {}): Promise<LocalCluster> {
    const cluster = await LocalCluster.create(settings);
    for (let i = 0; i < proxies; i++) cluster.start(`proxy-${i}`, { ntargets: targets });
    for (let i = 0; i < targets; i++) cluster.start(`target-${i}`);
    await cluster.until('the cluster has started', async () => {
      const { status } = await cluster.get('proxy-0', '/v1/health?prr=true');
      const { nodes } = await cluster.smap();
      return status === 200 && nodes.length === proxies + targets && (await cluster.isSettled());
    });
    return cluster;
  }

  /** Whether no rebalance runs. */
  async isSettled(): Promise<boolean> {
    const { text } = await this.get('proxy-0', '/v1/cluster?what=status', { Kind: 'rebalance' });
    return parseObject(text)?.end_time !== 0;
  }

  /** Starts a node, also one that ran before: its files are kept. */
  start(name: string, own: NodeStart = {}): LocalNode {
    const role: Role = name.startsWith('proxy') ? 'proxy' : 'target';
    const settings = { ...this.#settings, ...own };
    const folder = join(this.folder, name);
    const path = (file: string): string => join(folder, file);
    for (const one of ['config', 'state', 'log', 'mount']) mkdirSync(path(one), { recursive: true });
    const address = this.#address(name);
    const scheme = at(settings.config, 'net', 'http', 'use_https') === true ? 'https' : 'http';
    const proxy = `${scheme}://${this.#address('proxy-0')}:${ports.control}`;
    const config = { proxy: { primary_url: proxy, original_url: proxy }, ...settings.config };
    const local = {
      ...{ confdir: path('state'), log_dir: path('log') },
      host_net: {
        ...{ hostname: address, hostname_intra_control: address, hostname_intra_data: address },
        ...{ port: String(ports[role]), port_intra_control: String(ports.control) },
        port_intra_data: String(ports.data),
      },
      fspaths: role === 'target' ? { [path('mount')]: '' } : {},
      test_fspaths: { root: '', count: 0, instance: 0 },
    };
    writeFileSync(path('config/ais.json'), JSON.stringify(config));
    writeFileSync(path('config/ais_local.json'), JSON.stringify(local));
    const words = [
      `-role=${role}`,
      `-config=${path('config/ais.json')}`,
      '-local_config',
      path('config/ais_local.json'),
    ];
    if (role === 'proxy') words.push(`-ntargets=${settings.ntargets ?? 1}`);
    const env = { PATH: process.env.PATH ?? '', [knobVariables.pace]: pace, ...settings.env };
    const node: LocalNode = {
      ...this.run('aisnode', words, env, settings.program),
      ...{ role, folder, url: `${scheme}://${address}:${ports[role]}` },
    };
    this.nodes.set(name, node);
    return node;
  }

  /**
   * Runs one of the programs.
   *
   * @param program a real one in place of the stand-in
   */
  run(
    name: string,
    words: readonly string[],
    env: Readonly<Record<string, string>> = {},
    program?: string,
  ): LocalProcess {
    if (program !== undefined) return run(program, words, env);
    return run(process.execPath, [join(this.folder, 'aistore.mjs'), name, ...words], env);
  }

  /** Ends a node and waits for it. */
  async stop(name: string, signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
    const node = this.node(name);
    node.process.kill(signal);
    return node.exit;
  }

  node(name: string): LocalNode {
    const node = this.nodes.get(name);
    if (node === undefined) throw new Error(`${name} was never started`);
    return node;
  }

  get(name: string, path: string, body?: unknown): Promise<Reply> {
    return this.#send(name, 'GET', path, body);
  }

  put(name: string, path: string, body?: unknown): Promise<Reply> {
    return this.#send(name, 'PUT', path, body);
  }

  post(name: string, path: string, body?: unknown): Promise<Reply> {
    return this.#send(name, 'POST', path, body);
  }

  delete(name: string, path: string, body?: unknown): Promise<Reply> {
    return this.#send(name, 'DELETE', path, body);
  }

  /** An action on the cluster, asked of a proxy. */
  act(action: string, value: JsonObject = {}, proxy = 'proxy-0'): Promise<Reply> {
    return this.put(proxy, '/v1/cluster', { action, value });
  }

  /** The map as a proxy tells it; names are those the nodes were started with. */
  async smap(proxy = 'proxy-0'): Promise<LocalSmap> {
    const { status, text } = await this.get(proxy, '/v1/daemon?what=smap');
    if (status !== 200) return { version: 0, uuid: '', primary: '', nodes: [] };
    const { pmap, tmap, proxy_si, uuid, version } = JSON.parse(text) as WireSmap;
    const nodes = [...Object.values(pmap), ...Object.values(tmap)].map((node) => ({
      ...{ name: this.#nameOf(node.public_net.node_ip_addr), id: node.daemon_id, flags: node.flags },
    }));
    return { uuid, version: Number(version), primary: this.#nameOf(proxy_si.public_net.node_ip_addr), nodes };
  }

  /** The id of a node in the map. */
  async id(name: string): Promise<string> {
    return (await this.smap()).nodes.find((node) => node.name === name)?.id ?? '';
  }

  async until(what: string, condition: () => boolean | Promise<boolean>): Promise<void> {
    await withDeadline(systemClock, 30_000, what, async (signal) => {
      while (!(await condition())) await systemClock.sleep(10, signal);
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { process: child, exit } of this.nodes.values()) {
      child.kill('SIGKILL');
      await exit;
    }
    rmSync(this.folder, { recursive: true, force: true });
  }

  #send(name: string, method: string, path: string, body: unknown): Promise<Reply> {
    const text = typeof body === 'string' || body === undefined ? body : JSON.stringify(body);
    return fetchUrl(method, new URL(path, this.node(name).url), { body: text });
  }

  #address(name: string): string {
    const known = this.#addresses.get(name) ?? `${this.#prefix}${this.#addresses.size + 1}`;
    this.#addresses.set(name, known);
    return known;
  }

  #nameOf(address: string): string {
    return [...this.#addresses].find(([, one]) => one === address)?.[0] ?? address;
  }
}

function run(program: string, words: readonly string[], env: Readonly<Record<string, string>>): LocalProcess {
  const child = spawn(program, words, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk));
  const exit = once(child, 'close').then(([code]) => code as number | null);
  return { process: child, output: () => output, exit };
}

/** What tests look at of a cluster map. */
export interface LocalSmap {
  readonly uuid: string;
  readonly version: number;
  readonly primary: string;
  readonly nodes: readonly { readonly name: string; readonly id: string; readonly flags: number }[];
}

interface WireNode {
  readonly daemon_id: string;
  readonly flags: number;
  readonly public_net: { readonly node_ip_addr: string };
}

interface WireSmap {
  readonly pmap: Record<string, WireNode>;
  readonly tmap: Record<string, WireNode>;
  readonly proxy_si: WireNode;
  readonly uuid: string;
  readonly version: string;
}

/** One request; redirects are followed with method and body. A refused connection is status 0. */
export async function fetchUrl(
  method: string,
  url: URL,
  {
    body,
    headers = {},
  }: { readonly body?: string | undefined; readonly headers?: Record<string, string> } = {},
): Promise<Reply> {
  const { promise, resolve } = Promise.withResolvers<Reply>();
  const isSecure = url.protocol === 'https:';
  const outgoing = (isSecure ? secureRequest : request)(url, {
    ...{ method, agent: false, rejectUnauthorized: false },
    headers: { 'content-length': Buffer.byteLength(body ?? ''), ...headers },
  });
  outgoing.on('error', (error) => resolve({ status: 0, text: error.message, headers: {} }));
  outgoing.on('response', (answer) => {
    let text = '';
    answer.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
    answer.on('error', (error) => resolve({ status: 0, text: error.message, headers: {} }));
    answer.on('end', () => resolve({ status: answer.statusCode ?? 0, text, headers: answer.headers }));
  });
  outgoing.end(body);
  const reply = await promise;
  const { location } = reply.headers;
  return location === undefined ? reply : fetchUrl(method, new URL(location), { body, headers });
}
