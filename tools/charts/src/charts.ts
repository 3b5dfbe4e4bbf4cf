import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { workspaceRoot } from '@rackwright/testbed/without-nodes';
import { parse } from 'yaml';

/** The parts of a JSON schema that values are made from. */
export interface ValuesSchema {
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minItems?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly const?: unknown;
  readonly anyOf?: readonly ValuesSchema[];
  readonly items?: ValuesSchema;
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, ValuesSchema>>;
  readonly additionalProperties?: boolean | ValuesSchema;
  readonly definitions?: Readonly<Record<string, ValuesSchema>>;
  readonly $ref?: string;
}

/** A chart of this checkout. */
export interface Chart {
  readonly name: string;
  readonly folder: string;
  readonly schema: ValuesSchema;
  /** Names of the charts it holds. */
  readonly subcharts: readonly string[];
}

/** Every chart that can be installed. */
export function readCharts(): Chart[] {
  const charts = join(workspaceRoot, 'charts');
  const names = readdirSync(charts).filter((name) => name !== 'common');
  return names.map((name) => {
    const folder = join(charts, name);
    const { dependencies = [] } = parse(readFileSync(join(folder, 'Chart.yaml'), 'utf8')) as {
      dependencies?: readonly { readonly name: string }[];
    };
    const schema = JSON.parse(readFileSync(join(folder, 'values.schema.json'), 'utf8')) as ValuesSchema;
    return { name, folder, schema, subcharts: dependencies.map((dependency) => dependency.name) };
  });
}
