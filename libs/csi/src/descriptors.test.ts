import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';

/** What of a protocol goes over the wire, by full name, as the Go program in testdata prints it. */
interface Protocol {
  readonly Messages: Record<string, Record<string, Field>>;
  readonly Enums: Record<string, Record<string, number>>;
  readonly Methods: Record<string, readonly [request: string, response: string]>;
}

interface Field {
  readonly Number: number;
  readonly Type: string;
  readonly Repeated: boolean;
  readonly Oneof?: string;
  readonly Secret?: boolean;
}

/** Parts of a FileDescriptorProto (google/protobuf/descriptor.proto) in JSON. */
interface Message {
  readonly name: string;
  readonly field?: readonly {
    readonly name: string;
    readonly number: number;
    readonly label: string;
    readonly type: string;
    readonly typeName?: string;
    readonly oneofIndex?: number;
  }[];
  readonly nestedType?: readonly Message[];
  readonly enumType?: readonly Enum[];
  readonly oneofDecl?: readonly { readonly name: string }[];
}

interface Enum {
  readonly name: string;
  readonly value: readonly { readonly name: string; readonly number?: number }[];
}

interface File {
  readonly name: string;
  readonly package: string;
  readonly messageType: readonly Message[];
  readonly enumType?: readonly Enum[];
  readonly service: readonly {
    readonly name: string;
    readonly method: readonly {
      readonly name: string;
      readonly inputType: string;
      readonly outputType: string;
    }[];
  }[];
}

const root = fileURLToPath(new URL('../../..', import.meta.url));
const compared = ['csi/v1/csi.proto', 'pluginregistration/v1/api.proto'];

/** The protocols of proto/, from which our code is generated. */
function ours(): Protocol {
  const buf = join(root, 'node_modules/.bin/buf');
  const env = { ...process.env, PATH: `${join(root, 'node_modules/.bin')}:${process.env.PATH}` };
  const built = spawnSync(buf, ['build', 'proto', '-o', '-#format=json'], {
    ...{ cwd: root, env, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 },
  });
  if (built.status !== 0) throw new Error(built.stderr);
  const protocol: Protocol = { Messages: {}, Enums: {}, Methods: {} };
  for (const file of (JSON.parse(built.stdout) as { file: File[] }).file) {
    if (compared.includes(file.name)) addFile(protocol, file);
  }
  return protocol;
}

function addFile(protocol: Protocol, file: File): void {
  for (const message of file.messageType) addMessage(protocol, file.package, message);
  for (const one of file.enumType ?? []) addEnum(protocol, file.package, one);
  for (const service of file.service) {
    for (const { name, inputType, outputType } of service.method) {
      const types = [inputType.slice(1), outputType.slice(1)] as const;
      protocol.Methods[`${file.package}.${service.name}.${name}`] = types;
    }
  }
}

function addMessage(protocol: Protocol, scope: string, message: Message): void {
  const name = `${scope}.${message.name}`;
  const fields = (message.field ?? []).map((field): [string, Field] => {
    const oneof = field.oneofIndex === undefined ? undefined : message.oneofDecl?.[field.oneofIndex]?.name;
    return [
      field.name,
      {
        Number: field.number,
        Type: field.typeName?.slice(1) ?? field.type.replace('TYPE_', '').toLowerCase(),
        Repeated: field.label === 'LABEL_REPEATED',
        ...(oneof !== undefined && { Oneof: oneof }),
        // What is left out of logs is known by its name.
        ...(field.name === 'secrets' && { Secret: true }),
      },
    ];
  });
  protocol.Messages[name] = Object.fromEntries(fields);
  for (const nested of message.nestedType ?? []) addMessage(protocol, name, nested);
  for (const nested of message.enumType ?? []) addEnum(protocol, name, nested);
}

function addEnum(protocol: Protocol, scope: string, { name, value }: Enum): void {
  protocol.Enums[`${scope}.${name}`] = Object.fromEntries(value.map((one) => [one.name, one.number ?? 0]));
}

/** The protocols as the Go modules have them, or why they cannot be had here. */
function theirs(): Protocol | string {
  const folder = mkdtempSync(join(tmpdir(), 'rackwright-go-'));
  const module = fileURLToPath(new URL('testdata/go-csi', import.meta.url));
  try {
    const program = join(folder, 'descriptors');
    const env = { ...process.env, GOPROXY: 'off', GOFLAGS: '-mod=readonly', GOTOOLCHAIN: 'local' };
    const built = spawnSync('go', ['build', '-C', module, '-o', program, '.'], { env, encoding: 'utf8' });
    if (built.error !== undefined) return 'there is no go';
    if (built.stderr.includes('GOPROXY=off')) return 'its Go modules are not in the module cache';
    if (built.status !== 0) throw new Error(built.stderr);
    const { stdout } = spawnSync(program, { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });
    return JSON.parse(stdout) as Protocol;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const reference = theirs();
const missing = typeof reference === 'string' ? ` (skipped: ${reference})` : '';
const ifBuilt = missing === '' || process.env.CI === 'true' ? test : test.skip;

ifBuilt(`names, numbers and types are those of the Go modules${missing}`, () => {
  if (typeof reference === 'string') throw new Error(reference);
  const mine = ours();
  expect(Object.keys(mine.Methods)).toHaveLength(3 + 15 + 8 + 2);
  for (const kind of ['Messages', 'Enums', 'Methods'] as const) {
    const same = Object.keys(mine[kind]).map((name) => [name, reference[kind][name]]);
    expect(mine[kind]).toEqual(Object.fromEntries(same));
  }
});
