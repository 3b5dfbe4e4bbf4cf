import type { Admission, AnyObject, Convertible } from '@rackwright/api';
import { HwError } from '@rackwright/core';
import { type CustomResourceDefinition, type KubeObject, resourceType } from '@rackwright/kube';

/** A kind of a family that is made up: v1alpha1 has a size as text, v1beta1 a number of bytes and a colour. */
export const boxes = resourceType<KubeObject & { spec?: BoxSpec }>({
  ...{ group: 'boxes.example.com', version: 'v1beta1', plural: 'boxes', kind: 'Box', namespaced: true },
});
export const olderBoxes = resourceType<KubeObject & { spec?: BoxSpec }>({ ...boxes, version: 'v1alpha1' });

export interface BoxSpec {
  readonly size?: string;
  readonly bytes?: number;
  readonly colour?: string;
}

/** Where v1alpha1 keeps the colour, which it has no field for. */
const keptColour = 'boxes.example.com/colour';

const specOf = (object: AnyObject): BoxSpec => (object.spec ?? {}) as BoxSpec;

/** How boxes are read in the version they are not stored in. */
export const boxConversion: Convertible = {
  resource: boxes,
  conversions: [
    {
      version: olderBoxes.version,
      toStored: (object) => {
        const { size = '' } = specOf(object);
        if (!/^[0-9]+B$/.test(size))
          throw new HwError('InvalidArgument', `spec.size must be a number and B, such as 10B, not ${size}`);
        const { [keptColour]: colour, ...annotations } = object.metadata?.annotations ?? {};
        const spec = { bytes: Number.parseInt(size, 10), ...(colour === undefined ? {} : { colour }) };
        return { ...object, metadata: { ...object.metadata, annotations }, spec };
      },
      fromStored: (object) => {
        const { bytes, colour } = specOf(object);
        const kept = colour === undefined ? {} : { [keptColour]: colour };
        const annotations = { ...object.metadata?.annotations, ...kept };
        return { ...object, metadata: { ...object.metadata, annotations }, spec: { size: `${bytes}B` } };
      },
    },
  ],
};

/** A box has a colour. */
export const boxAdmission: Admission = {
  resource: boxes,
  versions: [boxes.version],
  validation: {
    ...{ webhook: 'validate-box.example.com', path: '/validate-box', operations: ['CREATE'] },
    ...{ rules: [], warnings: [], checks: [] },
  },
  mutation: {
    ...{ webhook: 'mutate-box.example.com', path: '/mutate-box', operations: ['CREATE'] },
    failurePolicy: 'Fail',
    mutate: ({ object }) => {
      const box = object as AnyObject;
      return { ...box, ...{ spec: { colour: 'grey', ...specOf(box) } } };
    },
  },
};

/** The CRD as a chart brings it: nobody converts. */
export function boxCrd(stored: 'v1alpha1' | 'v1beta1'): CustomResourceDefinition {
  const version = (name: string, properties: object) => ({
    ...{ name, served: true, storage: name === stored },
    schema: {
      openAPIV3Schema: { type: 'object', properties: { spec: { type: 'object', properties } } },
    },
  });
  const { group, kind, plural } = boxes;
  return {
    metadata: { name: `${plural}.${group}` },
    spec: {
      ...{ group, scope: 'Namespaced', names: { kind, plural } },
      versions: [
        version('v1alpha1', { size: { type: 'string' } }),
        version('v1beta1', { bytes: { type: 'integer' }, colour: { type: 'string' } }),
      ],
    },
  };
}
