import { systemClock } from '@rackwright/core';
import { type Script, ScriptedServer } from '../../../kube/src/testing/scripted-server.ts';
import { AisClient, type AisClientOptions } from '../client.ts';

/** A client and the server it speaks to, which answers as its script says. */
export class Conversation implements AsyncDisposable {
  readonly server: ScriptedServer;
  readonly client: AisClient;

  private constructor(server: ScriptedServer, client: AisClient) {
    this.server = server;
    this.client = client;
  }

  static async start(script: Script, options: Partial<AisClientOptions> = {}): Promise<Conversation> {
    const server = await ScriptedServer.start(script);
    const client = new AisClient({ baseUrl: server.url, clock: systemClock, ...options });
    return new Conversation(server, client);
  }

  /** What was asked for so far: method and path with query. */
  get asked(): string[] {
    return this.server.seen.map(({ method, url }) => `${method} ${url.pathname}${url.search}`);
  }

  /** The bodies that came with it, parsed. */
  get bodies(): unknown[] {
    return this.server.seen.filter(({ text }) => text !== '').map(({ text }) => JSON.parse(text));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.client[Symbol.dispose]();
    await this.server[Symbol.asyncDispose]();
  }
}
