import { rackwright } from '@rackwright/keys';
import type { KubeObject, ResourceType } from '@rackwright/kube';
import type * as z from 'zod';
import type { Rule } from '../schema/rule.ts';
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

/** What a CRD is made from. */
export interface Definition {
  readonly resource: ResourceType<KubeObject>;
  readonly shortNames: readonly string[];
  /** Categories beside the common one. */
  readonly categories: readonly string[];
  readonly description: string;
  readonly spec: { readonly schema: z.ZodType; readonly description: string; readonly required: boolean };
  readonly status: { readonly schema: z.ZodType; readonly description: string };
  readonly columns: readonly PrinterColumn[];
  /** Fields `kubectl get --field-selector` takes beside the name; Kubernetes 1.30 leaves them out. */
  readonly selectableFields?: readonly string[];
  /** Rules over the whole object, such as its name. */
  readonly rules?: readonly Pick<Rule<never>, 'cel' | 'message'>[];
}

/** The CustomResourceDefinition (apiextensions.k8s.io/v1) of a definition, as plain JSON. */
export function customResourceDefinition(definition: Definition): KubeObject & Record<string, unknown> {
  const { group, version, plural, kind, namespaced } = definition.resource;
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
      versions: [
        {
          name: version,
          served: true,
          storage: true,
          subresources: { status: {} },
          ...(definition.selectableFields === undefined
            ? {}
            : { selectableFields: definition.selectableFields.map((jsonPath) => ({ jsonPath })) }),
          additionalPrinterColumns: definition.columns,
          schema: { openAPIV3Schema: objectSchema(definition) },
        },
      ],
    },
  };
}

function objectSchema({ description, spec, status, rules = [] }: Definition): Record<string, unknown> {
  return {
    description,
    type: 'object',
    ...(spec.required ? { required: ['spec'] } : {}),
    ...(rules.length === 0
      ? {}
      : { 'x-kubernetes-validations': rules.map(({ cel, message }) => ({ rule: cel, message })) }),
    properties: {
      apiVersion: { description: 'Version of the schema this object is written in.', type: 'string' },
      kind: { description: 'Kind of this object.', type: 'string' },
      metadata: { type: 'object' },
      spec: { ...structuralSchema(spec.schema), description: spec.description },
      status: { ...structuralSchema(status.schema), description: status.description },
    },
  };
}
