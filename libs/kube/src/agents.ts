import { Agent as HttpAgent } from 'node:http';
import { type AgentOptions, Agent as HttpsAgent } from 'node:https';
import type { Credentials } from './connection.ts';

/** Idle time after which the kernel probes a connection whose peer may be gone. */
export const tcpKeepAliveMs = 30_000;

/** Well below the API server's own 90 s, so that we hang up first. */
const idleMs = 60_000;

/** Connections for one set of credentials: short requests share few, each watch has its own. */
export interface Agents {
  readonly short: HttpAgent;
  readonly long: HttpAgent;
}

/** Keeps connections open between requests, and replaces them when CA or client certificate change. */
export class AgentPool implements Disposable {
  readonly #secure: boolean;
  #current: { readonly agents: Agents; readonly credentials: Credentials } | undefined;

  constructor(server: string) {
    this.#secure = server.startsWith('https:');
  }

  /** The agents for `credentials`. A new token alone keeps the connections. */
  get(credentials: Credentials): Agents {
    const current = this.#current;
    if (current !== undefined && sameTls(current.credentials, credentials)) return current.agents;
    if (current !== undefined) retire(current.agents);
    const agents = this.#create(credentials);
    this.#current = { agents, credentials };
    return agents;
  }

  /** An agent for one request, on a connection of its own. */
  single(credentials: Credentials): HttpAgent {
    const options = { keepAlive: false };
    return this.#secure ? new HttpsAgent({ ...options, ...tlsOptions(credentials) }) : new HttpAgent(options);
  }

  /** Closes the connections that carry no request: the server may be gone without their knowing. */
  dropIdle(): void {
    if (this.#current !== undefined) closeIdle(this.#current.agents);
  }

  [Symbol.dispose](): void {
    this.#current?.agents.short.destroy();
    this.#current?.agents.long.destroy();
    this.#current = undefined;
  }

  #create(credentials: Credentials): Agents {
    const base = { keepAlive: true, keepAliveMsecs: tcpKeepAliveMs };
    const short = {
      ...base,
      scheduling: 'lifo',
      maxSockets: 32,
      maxFreeSockets: 8,
      timeout: idleMs,
    } as const;
    const long = { ...base, maxFreeSockets: 2 };
    if (!this.#secure) return { short: new HttpAgent(short), long: new HttpAgent(long) };
    const tls = tlsOptions(credentials);
    return { short: new HttpsAgent({ ...short, ...tls }), long: new HttpsAgent({ ...long, ...tls }) };
  }
}

function tlsOptions({ ca, cert, key }: Credentials): AgentOptions {
  return {
    minVersion: 'TLSv1.2',
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
  };
}

function sameTls(a: Credentials, b: Credentials): boolean {
  return a.ca === b.ca && a.cert === b.cert && a.key === b.key;
}

/** Requests under way finish; nothing is kept or reused afterwards. */
function retire(agents: Agents): void {
  for (const agent of [agents.short, agents.long]) agent.maxFreeSockets = 0;
  closeIdle(agents);
}

function closeIdle(agents: Agents): void {
  for (const agent of [agents.short, agents.long]) {
    for (const sockets of Object.values(agent.freeSockets)) {
      for (const socket of sockets ?? []) socket.destroy();
    }
  }
}
