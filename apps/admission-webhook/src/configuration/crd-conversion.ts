import { type ConversionWebhook, type Convertible, conversionOf } from '@rackwright/api';
import type { Logger } from '@rackwright/core';
import { rackwright } from '@rackwright/keys';
import {
  type CallOptions,
  type CustomResourceDefinition,
  ignoreNotFound,
  type KubeClient,
  resourceName,
  resources,
} from '@rackwright/kube';
import { decodedBundle, type Registration, type RegistrationState } from './registration.ts';
import { includes } from './wanted.ts';

/** Which CRD, and who converts its objects. */
export interface CrdConversionOptions {
  readonly kind: Pick<Convertible, 'resource'>;
  /** Where API servers ask. */
  readonly at: ConversionWebhook['at'];
  readonly logger: Logger;
}

type Conversion = NonNullable<NonNullable<CustomResourceDefinition['spec']>['conversion']>;

const fieldManager = rackwright.fieldManager.admissionWebhook;
/** Nothing is to be done about a CRD that is not there, or that somebody else converts. */
const notOurs = { bundles: [], isWrong: false, isOfOtherVersion: false } as const;

/**
 * `spec.conversion` of a CRD, and nothing else of it. The CRD comes with the
 * chart of its family, perhaps later, and may go again.
 */
export class CrdConversion implements Registration {
  readonly #client: KubeClient;
  readonly #options: CrdConversionOptions;
  readonly #name: string;
  #told: string | undefined;

  constructor(client: KubeClient, options: CrdConversionOptions) {
    this.#client = client;
    this.#options = options;
    this.#name = resourceName(options.kind.resource);
  }

  async read(options: CallOptions): Promise<RegistrationState> {
    const key = { name: this.#name };
    const crd = await ignoreNotFound(this.#client.get(resources.customResourceDefinitions, key, options));
    const { metadata, spec } = crd ?? {};
    const write = (caBundle: string, options: CallOptions): Promise<void> =>
      this.#write(metadata?.resourceVersion ?? '', caBundle, options);
    const state = { ...notOurs, write, trust: write };
    const { conversion } = spec ?? {};
    const other = otherConverter(conversion, this.#options.at);
    this.#tellOf(other);
    if (crd === undefined || other !== undefined) return state;
    const bundle = conversion?.webhook?.clientConfig?.caBundle;
    return {
      ...state,
      bundles: bundle === undefined ? [] : [decodedBundle(bundle)],
      isWrong: !isConvertedAt(conversion, this.#options.at),
    };
  }

  #tellOf(other: string | undefined): void {
    if (other !== undefined && other !== this.#told)
      this.#options.logger.warn('somebody else converts a kind', {
        crd: this.#name,
        converter: other,
        remedy: 'if it is no longer there, set strategy None in spec.conversion of the CRD',
      });
    this.#told = other;
  }

  async #write(resourceVersion: string, caBundle: string, options: CallOptions): Promise<void> {
    const value = conversionOf({ caBundle, at: this.#options.at });
    const patch = [
      // The API server refuses what was made from an older version.
      { op: 'replace', path: '/metadata/resourceVersion', value: resourceVersion },
      { op: 'add', path: '/spec/conversion', value },
    ];
    const how = { ...options, strategy: 'json', fieldManager } as const;
    // A CRD that went meanwhile needs nothing.
    await ignoreNotFound(
      this.#client.patch(resources.customResourceDefinitions, { name: this.#name }, patch, how),
    );
  }
}

/** Whether API servers ask there, whatever they trust. */
function isConvertedAt(conversion: Conversion | undefined, at: ConversionWebhook['at']): boolean {
  const bundle = conversion?.webhook?.clientConfig?.caBundle;
  return bundle !== undefined && includes(conversion, conversionOf({ caBundle: decodedBundle(bundle), at }));
}

/** Who converts, if it is somebody else. */
function otherConverter(conversion: Conversion | undefined, at: ConversionWebhook['at']): string | undefined {
  const { url, service } = conversion?.webhook?.clientConfig ?? {};
  if (service !== undefined) {
    const { namespace, name } = service;
    const isOwn = 'service' in at && at.service.namespace === namespace && at.service.name === name;
    return isOwn ? undefined : `the Service ${namespace}/${name}`;
  }
  return url === undefined || ('url' in at && at.url === url) ? undefined : url;
}
