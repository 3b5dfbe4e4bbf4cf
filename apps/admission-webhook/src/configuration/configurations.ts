import type { CallOptions, KubeClient } from '@rackwright/kube';
import { bundlesOf, type Configuration, type ConfigurationState } from './configuration.ts';
import { hasReadyEndpoint, type ServiceKey } from './endpoints.ts';

/** What the configurations are looked after with. */
export interface WebhookConfigurationsOptions {
  readonly client: KubeClient;
  readonly configurations: readonly Configuration[];
  /** Who answers; undefined where API servers ask at a URL of its own. */
  readonly service: ServiceKey | undefined;
}

/** Every webhook configuration of the installation; none where somebody else looks after them. */
export class WebhookConfigurations {
  readonly #options: WebhookConfigurationsOptions;
  #states: readonly ConfigurationState[] = [];
  /** Whether this process has written its version of the entries, or found them. */
  #written = false;

  constructor(options: WebhookConfigurationsOptions) {
    this.#options = options;
  }

  /** Whether API servers have been told to ask. */
  get isAttached(): boolean {
    return this.#written || this.#options.configurations.length === 0;
  }

  /** Looks at them: what each entry trusts, PEM; undefined while there are no entries. */
  async read(options: CallOptions): Promise<readonly string[] | undefined> {
    const { configurations } = this.#options;
    this.#states = await Promise.all(configurations.map((configuration) => configuration.read(options)));
    const bundles = bundlesOf(this.#states);
    return bundles.length === 0 ? undefined : bundles;
  }

  /** Changes what the entries trust that were read last. */
  async trust(caBundle: string, options: CallOptions): Promise<void> {
    for (const [configuration, state] of this.#pairs())
      if (state.entries.length > 0) await configuration.trust(state, caBundle, options);
  }

  /**
   * Writes entries that are missing, that somebody changed, or that another
   * version wrote, the last once; whether there were any. Not before the Service
   * leads to somebody who answers.
   */
  async attach(caBundle: string, options: CallOptions): Promise<boolean> {
    const wrong = this.#pairs().filter(
      ([configuration, state]) =>
        configuration.isIncomplete(state) ||
        configuration.isChanged(state) ||
        (!this.#written && configuration.isOfOtherVersion(state)),
    );
    if (wrong.length > 0 && !(await this.#isAnswered(options))) return false;
    for (const [configuration, state] of wrong) await configuration.write(state, caBundle, options);
    this.#written = true;
    return wrong.length > 0;
  }

  #pairs(): [Configuration, ConfigurationState][] {
    return this.#options.configurations.flatMap((configuration, i) => {
      const state = this.#states[i];
      return state === undefined ? [] : [[configuration, state]];
    });
  }

  async #isAnswered(options: CallOptions): Promise<boolean> {
    const { client, service } = this.#options;
    return service === undefined || (await hasReadyEndpoint(client, service, options));
  }
}
