import type { CallOptions, KubeClient } from '@rackwright/kube';
import { hasReadyEndpoint, type ServiceKey } from './endpoints.ts';
import type { Registration, RegistrationState } from './registration.ts';

/** What the registrations are looked after with. */
export interface RegistrationsOptions {
  readonly client: KubeClient;
  readonly registrations: readonly Registration[];
  /** Who answers; undefined where API servers ask at a URL of its own. */
  readonly service: ServiceKey | undefined;
}

/** Every registration of the installation; none where somebody else looks after them. */
export class Registrations {
  readonly #options: RegistrationsOptions;
  #states: readonly RegistrationState[] = [];
  /** Whether this process has written its version of the entries, or found them. */
  #written = false;

  constructor(options: RegistrationsOptions) {
    this.#options = options;
  }

  /** Whether API servers have been told to ask. */
  get isAttached(): boolean {
    return this.#written || this.#options.registrations.length === 0;
  }

  /** Looks at them: what each entry trusts, PEM; undefined while there are no entries. */
  async read(options: CallOptions): Promise<readonly string[] | undefined> {
    const { registrations } = this.#options;
    this.#states = await Promise.all(registrations.map((registration) => registration.read(options)));
    const bundles = this.#states.flatMap((state) => state.bundles);
    return bundles.length === 0 ? undefined : bundles;
  }

  /** Changes what the entries trust that were read last. */
  async trust(caBundle: string, options: CallOptions): Promise<void> {
    for (const state of this.#states) if (state.bundles.length > 0) await state.trust(caBundle, options);
  }

  /**
   * Writes entries that are missing, that somebody changed, or that another
   * version wrote, the last once; whether there were any. Not before the Service
   * leads to somebody who answers.
   */
  async attach(caBundle: string, options: CallOptions): Promise<boolean> {
    const wrong = this.#states.filter((state) => state.isWrong || (!this.#written && state.isOfOtherVersion));
    if (wrong.length > 0 && !(await this.#isAnswered(options))) return false;
    for (const state of wrong) await state.write(caBundle, options);
    this.#written = true;
    return wrong.length > 0;
  }

  async #isAnswered(options: CallOptions): Promise<boolean> {
    const { client, service } = this.#options;
    return service === undefined || (await hasReadyEndpoint(client, service, options));
  }
}
