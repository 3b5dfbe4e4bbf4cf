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
import { decodedBundle, encodedBundle, type Registration, type RegistrationState } from './registration.ts';
import { isAsWanted } from './wanted.ts';

/** Which object, and what is to be in it. */
export interface ConfigurationOptions {
  readonly type: ResourceType<MutatingWebhookConfiguration>;
  readonly name: string;
  readonly wanted: readonly Webhook[];
  readonly version: string;
}

/** Our entries as they are, and where they are in the list. */
type Entries = readonly { readonly index: number; readonly webhook: Webhook }[];

const fieldManager = rackwright.fieldManager.admissionWebhook;

/**
 * A ValidatingWebhookConfiguration or MutatingWebhookConfiguration that the
 * installation brings without entries: until there are some, API servers ask
 * nobody. Entries are written when they can be answered.
 */
export class Configuration implements Registration {
  readonly #client: KubeClient;
  readonly #options: ConfigurationOptions;

  constructor(client: KubeClient, options: ConfigurationOptions) {
    this.#client = client;
    this.#options = options;
  }

  async read(options: CallOptions): Promise<RegistrationState> {
    const { type, name, version } = this.#options;
    const found = await ignoreNotFound(this.#client.get(type, { name }, options));
    if (found === undefined) throw this.#missing();
    const entries = this.#entriesOf(found);
    const resourceVersion = found.metadata?.resourceVersion ?? '';
    const isOfOtherVersion =
      found.metadata?.annotations?.[rackwright.annotation.webhooksWrittenBy] !== version;
    return {
      bundles: entries.map(({ webhook }) => decodedBundle(webhook.clientConfig.caBundle)),
      // What another version wrote is its own matter: while one replaces the other, both run.
      isWrong: this.#isIncomplete(entries) || (!isOfOtherVersion && this.#isChanged(entries)),
      isOfOtherVersion,
      write: (caBundle, options) => this.#write(resourceVersion, caBundle, options),
      trust: (caBundle, options) => this.#trust(resourceVersion, entries, caBundle, options),
    };
  }

  #entriesOf({ webhooks = [] }: MutatingWebhookConfiguration): Entries {
    const names = this.#options.wanted.map((webhook) => webhook.name);
    return webhooks
      .map((webhook, index) => ({ index, webhook }))
      .filter(({ webhook }) => names.includes(webhook.name));
  }

  #isIncomplete(entries: Entries): boolean {
    return entries.length < this.#options.wanted.length;
  }

  #isChanged(entries: Entries): boolean {
    return this.#options.wanted.some((wanted) => {
      const entry = entries.find(({ webhook }) => webhook.name === wanted.name);
      return entry !== undefined && !isAsWanted(entry.webhook, wanted);
    });
  }

  async #write(resourceVersion: string, caBundle: string, options: CallOptions): Promise<void> {
    const { type, name, wanted, version } = this.#options;
    const annotations = { [rackwright.annotation.webhooksWrittenBy]: version };
    const metadata = { name, annotations, resourceVersion };
    const webhooks = wanted.map((webhook) => ({
      ...webhook,
      clientConfig: { ...webhook.clientConfig, caBundle: encodedBundle(caBundle) },
    }));
    await this.#client.apply(type, { metadata, webhooks }, { ...options, fieldManager });
  }

  async #trust(
    resourceVersion: string,
    entries: Entries,
    caBundle: string,
    options: CallOptions,
  ): Promise<void> {
    const { type, name } = this.#options;
    // The API server refuses what was made from an older version.
    const unchanged = { op: 'replace', path: '/metadata/resourceVersion', value: resourceVersion };
    const changes = entries.map(({ index }) => ({
      op: 'add',
      path: `/webhooks/${index}/clientConfig/caBundle`,
      value: encodedBundle(caBundle),
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
