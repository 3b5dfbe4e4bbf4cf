import { parseQuantity, wholeUnits } from '@rackwright/core';
import { type KubeObject, resourceType } from '@rackwright/kube';
import * as z from 'zod';
import { described } from '../../schema/fields.ts';
import type { AnyObject, VersionConversion } from '../conversion.ts';
import type { Definition, DefinitionVersion, PrinterColumn } from '../definition.ts';

/** Where the size in v1alpha1, which may be written in many ways, is kept as it was written. */
export const writtenSize = 'boxes.example.com/size';
/** Where the colour is kept, which v1alpha1 does not have. */
export const keptColour = 'boxes.example.com/colour';

export const boxes = resourceType<KubeObject>({
  ...{ group: 'boxes.example.com', version: 'v1', kind: 'Box', plural: 'boxes', namespaced: true },
});

const column: PrinterColumn = { name: 'Size', type: 'string', jsonPath: '.spec.size', description: 'Size.' };
const status = {
  schema: z.object({ phase: described(z.string().optional(), 'How it is.') }),
  description: 'What was found.',
};

const older: DefinitionVersion = {
  ...{ name: 'v1alpha1', description: 'A box by its size as text.', deprecationWarning: 'write v1 instead' },
  ...{ columns: [column], status },
  spec: {
    schema: z.object({ size: described(z.string(), 'A quantity.') }),
    ...{ description: 'What is wanted.', required: true },
  },
};

const newer: DefinitionVersion = {
  ...{ name: 'v1', description: 'A box by its size in bytes.', columns: [column], status },
  spec: {
    schema: z.object({
      bytes: described(z.int(), 'Size in bytes.'),
      colour: described(z.string().optional(), 'Colour.'),
    }),
    ...{ description: 'What is wanted.', required: true },
  },
};

type Spec = { size?: string; bytes?: number; colour?: string };

const specOf = (object: AnyObject): Spec => object.spec as Spec;

function withNotes(object: AnyObject, spec: Spec, notes: Record<string, string | undefined>): AnyObject {
  const { [writtenSize]: _size, [keptColour]: _colour, ...others } = object.metadata?.annotations ?? {};
  const set = Object.entries(notes).filter((note): note is [string, string] => note[1] !== undefined);
  const annotations = { ...others, ...Object.fromEntries(set) };
  const { annotations: _, ...metadata } = object.metadata ?? {};
  const noted = Object.keys(annotations).length === 0 ? metadata : { ...metadata, annotations };
  return { ...object, spec, metadata: noted };
}

/** Text and bytes say the same, but the text says it in many ways; the colour is in v1 only. */
const conversion: VersionConversion = {
  version: 'v1alpha1',
  toStored: (object) => {
    const { size = '' } = specOf(object);
    const bytes = wholeUnits(parseQuantity(size, 'spec.size'));
    const colour = object.metadata?.annotations?.[keptColour];
    const spec = { bytes: Number(bytes), ...(colour === undefined ? {} : { colour }) };
    return withNotes(object, spec, { [writtenSize]: size === String(bytes) ? undefined : size });
  },
  fromStored: (object) => {
    const { bytes = 0, colour } = specOf(object);
    const written = object.metadata?.annotations?.[writtenSize];
    const holds = written !== undefined && wholeUnits(parseQuantity(written)) === BigInt(bytes);
    return withNotes(object, { size: holds ? written : String(bytes) }, { [keptColour]: colour });
  },
};

/** A made-up kind of two versions that differ. */
export const boxDefinition: Definition = {
  ...{ family: 'cxi', resource: boxes, shortNames: [], categories: [] },
  versions: [older, newer],
  conversions: [conversion],
};
