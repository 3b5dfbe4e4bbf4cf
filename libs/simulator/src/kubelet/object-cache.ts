import type { Clock } from '@rackwright/core';
import {
  type ConfigMap,
  ignoreNotFound,
  type KubeClient,
  type KubeObject,
  type ResourceType,
  resources,
  type Secret,
} from '@rackwright/kube';
import type { ObjectSource } from './env/container-env.ts';

/** How long an answer is taken for current, in milliseconds; spares the API server the pods that start together. */
const freshMs = 500;

/** ConfigMaps and Secrets as the node's credentials may read them: one by one. */
export class ObjectCache implements ObjectSource {
  readonly #client: KubeClient;
  readonly #clock: Clock;
  readonly #answers = new Map<
    string,
    { readonly at: number; readonly answer: Promise<KubeObject | undefined> }
  >();

  constructor(client: KubeClient, clock: Clock) {
    this.#client = client;
    this.#clock = clock;
  }

  configMap(namespace: string, name: string): Promise<ConfigMap | undefined> {
    return this.#get(resources.configMaps, namespace, name);
  }

  secret(namespace: string, name: string): Promise<Secret | undefined> {
    return this.#get(resources.secrets, namespace, name);
  }

  #get<T extends KubeObject>(type: ResourceType<T>, namespace: string, name: string): Promise<T | undefined> {
    const now = this.#clock.now();
    for (const [key, { at }] of this.#answers) if (now - at > freshMs) this.#answers.delete(key);
    const key = `${type.plural}/${namespace}/${name}`;
    const known = this.#answers.get(key);
    if (known !== undefined) return known.answer as Promise<T | undefined>;
    const answer = ignoreNotFound(this.#client.get(type, { namespace, name }));
    this.#answers.set(key, { at: now, answer });
    answer.catch(() => this.#answers.delete(key));
    return answer;
  }
}
