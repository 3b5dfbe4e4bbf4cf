import type { KubeClient } from '@rackwright/kube';

/** One request a scripted client was asked for. */
export interface Asked {
  readonly verb: string;
  readonly plural: string;
  readonly body: unknown;
}

/** Answers in place of an API server, for what cannot be provoked on a real one. */
export class ScriptedClient {
  readonly asked: Asked[] = [];
  /** Answers or fails a request; default is to send the body back. */
  answer: (asked: Asked) => unknown = ({ body }) => body;

  /** Itself under the type its users want. */
  get client(): KubeClient {
    const ask = (verb: string, plural: string, body: unknown): Promise<unknown> => {
      const asked = { verb, plural, body };
      this.asked.push(asked);
      return Promise.resolve().then(() => this.answer(asked));
    };
    const verbs = {
      get: (type: { plural: string }, key: unknown) => ask('get', type.plural, key),
      create: (type: { plural: string }, body: unknown) => ask('create', type.plural, body),
      update: (type: { plural: string }, body: unknown) => ask('update', type.plural, body),
      patch: (type: { plural: string }, _key: unknown, body: unknown) => ask('patch', type.plural, body),
    };
    return verbs as unknown as KubeClient;
  }
}
