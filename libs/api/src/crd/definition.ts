import { HwError } from '@rackwright/core';
import { rackwright } from '@rackwright/keys';
import type { KubeObject, ResourceType } from '@rackwright/kube';
import type { families } from '@rackwright/registry';
import type * as z from 'zod';
import type { Rule } from '../schema/rule.ts';
import { type ConversionWebhook, conversionOf, type VersionConversion } from './conversion.ts';
import { structuralSchema } from './structural.ts';

/** A column of `kubectl get`. */
export interface PrinterColumn {
  readonly name: string;
  readonly type: 'string' | 'integer' | 'boolean' | 'date';
  readonly jsonPath: string;
  readonly description: string;
  /** 1 shows the column with `-o wide` only. */
  readonly priority?: 1;
}

/** One version in which a kind is served. */
export interface DefinitionVersion {
  readonly name: string;
  readonly description: string;
  /** Left out by a kind that only reports. */
  readonly spec?: { readonly schema: z.ZodType; readonly description: string; readonly required: boolean };
  /** Left out by a kind that has no status. */
  readonly status?: { readonly schema: z.ZodType; readonly description: string };
  /** What `kubectl scale` and autoscalers read and write. */
  readonly scale?: {
    readonly specReplicasPath: string;
    readonly statusReplicasPath: string;
    /** The labels of the pods, as text. */
    readonly labelSelectorPath: string;
  };
  readonly columns: readonly PrinterColumn[];
  /** Fields `kubectl get --field-selector` takes beside the name; Kubernetes 1.30 leaves them out. */
  readonly selectableFields?: readonly string[];
  /** Rules over the whole object, such as its name. */
  readonly rules?: readonly Pick<Rule<never>, 'cel' | 'message'>[];
  /** Not served any longer; it stays for what is stored in it. */
  readonly served?: false;
  /** Served, and whoever uses it is warned with this sentence. */
  readonly deprecationWarning?: string;
}

/** What a CRD is made from. */
export interface Definition {
  /** Its chart brings the CRD. */
  readonly family: (typeof families)[number]['name'];
  /** Its version is the one that is stored. */
  readonly resource: ResourceType<KubeObject>;
  readonly shortNames: readonly string[];
  /** Categories beside the common one. */
  readonly categories: readonly string[];
  readonly versions: readonly DefinitionVersion[];
  /** How the other versions become the stored one and back; without it they differ in nothing but their name. */
  readonly conversions?: readonly VersionConversion[];
}

/**
 * The CustomResourceDefinition (apiextensions.k8s.io/v1) of a definition, as plain JSON.
 *
 * @param webhook who converts between versions; without it the API server changes their name only
 * @throws HwError InvalidArgument when the stored version is not among the versions
 */
export function customResourceDefinition(
  definition: Definition,
  webhook?: ConversionWebhook,
): KubeObject & Record<string, unknown> {
  const { group, version, plural, kind, namespaced } = definition.resource;
  const { versions } = definition;
  if (!versions.some(({ name, served }) => name === version && served !== false))
    throw new HwError('InvalidArgument', `${plural}.${group} is stored in ${version}, which is not served`);
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${group}` },
    spec: {
      group,
      names: {
        kind,
        listKind: `${kind}List`,
        plural,
        singular: kind.toLowerCase(),
        shortNames: [...definition.shortNames],
        categories: [rackwright.category, ...definition.categories],
      },
      scope: namespaced ? 'Namespaced' : 'Cluster',
      ...(webhook === undefined ? {} : { conversion: conversionOf(webhook) }),
      versions: versions.map((one) => versionOf(one, version)),
    },
  };
}

function versionOf(version: DefinitionVersion, stored: string): Record<string, unknown> {
  const { name, served, deprecationWarning, status, scale, selectableFields } = version;
  return {
    name,
    served: served !== false,
    storage: name === stored,
    ...(deprecationWarning === undefined ? {} : { deprecated: true, deprecationWarning }),
    ...(status === undefined
      ? {}
      : { subresources: { status: {}, ...(scale === undefined ? {} : { scale }) } }),
    ...(selectableFields === undefined
      ? {}
      : { selectableFields: selectableFields.map((jsonPath) => ({ jsonPath })) }),
    additionalPrinterColumns: version.columns,
    schema: { openAPIV3Schema: objectSchema(version) },
  };
}

function objectSchema({ description, spec, status, rules = [] }: DefinitionVersion): Record<string, unknown> {
  return {
    description,
    type: 'object',
    ...(spec?.required ? { required: ['spec'] } : {}),
    ...(rules.length === 0
      ? {}
      : { 'x-kubernetes-validations': rules.map(({ cel, message }) => ({ rule: cel, message })) }),
    properties: {
      apiVersion: { description: 'Version of the schema this object is written in.', type: 'string' },
      kind: { description: 'Kind of this object.', type: 'string' },
      metadata: { type: 'object' },
      ...(spec === undefined
        ? {}
        : { spec: { ...structuralSchema(spec.schema), description: spec.description } }),
      ...(status === undefined
        ? {}
        : { status: { ...structuralSchema(status.schema), description: status.description } }),
    },
  };
}
