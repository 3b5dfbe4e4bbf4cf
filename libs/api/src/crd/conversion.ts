import { errorMessage, HwError } from '@rackwright/core';
import { apiVersionOf, type KubeObject, type ObjectMeta, type ResourceType } from '@rackwright/kube';

/** An object of a kind, of which only the envelope is known. */
export type AnyObject = KubeObject & { readonly [field: string]: unknown };

/**
 * How one version of a kind becomes the one that is stored, and back. Both are
 * pure and lose nothing: what one version cannot say is kept in annotations.
 * Of the metadata only labels and annotations may change.
 */
export interface VersionConversion {
  readonly version: string;
  readonly toStored: (object: AnyObject) => AnyObject;
  readonly fromStored: (object: AnyObject) => AnyObject;
}

/** The server that the API server asks for conversions. */
export interface ConversionWebhook {
  /** PEM. */
  readonly caBundle: string;
  /** A Service in the cluster, or a URL outside of it. */
  readonly at:
    | {
        readonly service: {
          readonly namespace: string;
          readonly name: string;
          readonly path: string;
          readonly port: number;
        };
      }
    | { readonly url: string };
}

/** `spec.conversion` of a CRD. */
export function conversionOf({ caBundle, at }: ConversionWebhook): Record<string, unknown> {
  const clientConfig = { ...at, caBundle: Buffer.from(caBundle).toString('base64') };
  return { strategy: 'Webhook', webhook: { clientConfig, conversionReviewVersions: ['v1'] } };
}

/** A kind with what converts it. */
export interface Convertible {
  /** Its version is the one that is stored. */
  readonly resource: ResourceType;
  readonly conversions?: readonly VersionConversion[];
}

/**
 * The object in another version of its kind: what a conversion webhook does
 * for one object of a review.
 *
 * @throws HwError InvalidArgument for a version nobody converts, or an object that its conversion cannot read
 */
export function convertObject(kind: Convertible, object: KubeObject, apiVersion: string): KubeObject {
  const { apiVersion: from = '' } = object;
  if (from === apiVersion) return object;
  try {
    const whole = object as AnyObject;
    const stored = conversionFor(kind, from)?.toStored(whole) ?? whole;
    const { metadata, ...fields } = conversionFor(kind, apiVersion)?.fromStored(stored) ?? stored;
    return { ...fields, apiVersion, kind: kind.resource.kind, metadata: metadataOf(object, metadata) };
  } catch (error) {
    throw new HwError('InvalidArgument', `${from} to ${apiVersion}: ${errorMessage(error)}`, {
      cause: error,
    });
  }
}

/** The API server refuses an answer in which anything else of the metadata changed. */
function metadataOf({ metadata }: KubeObject, { labels, annotations }: ObjectMeta = {}): ObjectMeta {
  const { labels: _labels, annotations: _annotations, ...identity } = metadata ?? {};
  return {
    ...identity,
    ...(labels === undefined ? {} : { labels }),
    ...(annotations === undefined ? {} : { annotations }),
  };
}

/** Undefined for the stored version. */
function conversionFor(kind: Convertible, apiVersion: string): VersionConversion | undefined {
  const { resource, conversions = [] } = kind;
  if (apiVersion === apiVersionOf(resource)) return undefined;
  const found = conversions.find(({ version }) => apiVersion === apiVersionOf({ ...resource, version }));
  if (found === undefined)
    throw new HwError('InvalidArgument', `${resource.kind} has no version ${apiVersion}`);
  return found;
}
