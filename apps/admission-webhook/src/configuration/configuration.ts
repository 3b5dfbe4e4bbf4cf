import { HwError } from '@rackwright/core';
import { rackwright } from '@rackwright/keys';
import {
  type CallOptions,
  ignoreNotFound,
  type KubeClient,
  type MutatingWebhookConfiguration,
  type ResourceType,
  type Webhook,
} from '@rackwright/kube';
import { isAsWanted } from './wanted.ts';

/** What a webhook configuration says at one moment. */
export interface ConfigurationState {
  readonly resourceVersion: string;
  /** Our entries as they are, and where they are in the list. */
  readonly entries: readonly { readonly index: number; readonly webhook: Webhook }[];
  /** Version of this app that wrote them. */
  readonly writtenBy: string | undefined;
}

/** Which object, and what is to be in it. */
export interface ConfigurationOptions {
  readonly type: ResourceType<MutatingWebhookConfiguration>;
  readonly name: string;
  readonly wanted: readonly Webhook[];
  readonly version: string;
}

const fieldManager = rackwright.fieldManager.admissionWebhook;

/**
 * A ValidatingWebhookConfiguration or MutatingWebhookConfiguration that the
 * installation brings without entries: until there are some, API servers ask
 * nobody. Entries are written when they can be answered.
 */
export class Configuration {
  readonly name: string;
  readonly #client: KubeClient;
  readonly #options: ConfigurationOptions;

  constructor(client: KubeClient, options: ConfigurationOptions) {
    this.name = options.name;
    this.#client = client;
    this.#options = options;
  }

  /** @throws HwError FailedPrecondition when there is no such object */
  async read(options: CallOptions): Promise<ConfigurationState> {
    const { type, name, wanted } = this.#options;
    const found = await ignoreNotFound(this.#client.get(type, { name }, options));
    if (found === undefined) throw this.#missing();
    const names = wanted.map((webhook) => webhook.name);
    const all = (found.webhooks ?? []).map((webhook, index) => ({ index, webhook }));
    return {
      resourceVersion: found.metadata?.resourceVersion ?? '',
      entries: all.filter(({ webhook }) => names.includes(webhook.name)),
      writtenBy: found.metadata?.annotations?.[rackwright.annotation.webhooksWrittenBy],
    };
  }

  /** Entries are missing. */
  isIncomplete({ entries }: ConfigurationState): boolean {
    return entries.length < this.#options.wanted.length;
  }

  /**
   * Somebody changed entries of this version. Those another version wrote are
   * its own matter: while one replaces the other, both run.
   */
  isChanged({ entries, writtenBy }: ConfigurationState): boolean {
    if (writtenBy !== this.#options.version) return false;
    return this.#options.wanted.some((wanted) => {
      const entry = entries.find(({ webhook }) => webhook.name === wanted.name);
      return entry !== undefined && !isAsWanted(entry.webhook, wanted);
    });
  }

  /** Whether this version has not written the entries. */
  isOfOtherVersion({ writtenBy }: ConfigurationState): boolean {
    return writtenBy !== this.#options.version;
  }

  /** Writes every entry. @throws KubeError Conflict when somebody else changed the object since */
  async write(state: ConfigurationState, caBundle: string, options: CallOptions): Promise<void> {
    const { type, name, wanted, version } = this.#options;
    const annotations = { [rackwright.annotation.webhooksWrittenBy]: version };
    const metadata = { name, annotations, resourceVersion: state.resourceVersion };
    const webhooks = wanted.map((webhook) => ({
      ...webhook,
      clientConfig: { ...webhook.clientConfig, caBundle: encoded(caBundle) },
    }));
    await this.#client.apply(type, { metadata, webhooks }, { ...options, fieldManager });
  }

  /** Changes what is trusted and nothing else. @throws KubeError when somebody else changed the object since */
  async trust(state: ConfigurationState, caBundle: string, options: CallOptions): Promise<void> {
    const { type, name } = this.#options;
    // The API server refuses what was made from an older version.
    const unchanged = { op: 'replace', path: '/metadata/resourceVersion', value: state.resourceVersion };
    const changes = state.entries.map(({ index }) => ({
      op: 'add',
      path: `/webhooks/${index}/clientConfig/caBundle`,
      value: encoded(caBundle),
    }));
    const patch = [unchanged, ...changes];
    await this.#client.patch(type, { name }, patch, { ...options, strategy: 'json', fieldManager });
  }

  #missing(): HwError {
    const { type, name } = this.#options;
    return new HwError('FailedPrecondition', `the ${type.kind} ${name} is not there`, {
      remedy: 'it comes with the chart: run helm upgrade, or apply the manifests again',
    });
  }
}

function encoded(pem: string): string {
  return Buffer.from(pem).toString('base64');
}

/** The authorities every entry trusts, PEM, one text per entry. */
export function bundlesOf(states: readonly ConfigurationState[]): string[] {
  return states.flatMap(({ entries }) =>
    entries.map(({ webhook }) => Buffer.from(webhook.clientConfig.caBundle ?? '', 'base64').toString('utf8')),
  );
}
