import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { decodeSmartLog, smartLogBytes } from './decode-smart.ts';
import { type SmartKey, smartLayout } from './fields.ts';
import { parseSmartJson } from './parse-smart-json.ts';
import { warningsOf } from './smart-log.ts';

const recorded = (name: string): string =>
  readFileSync(join(import.meta.dirname, '..', 'testdata', name), 'utf8');

/** A healthy drive of the specification's fixtures. */
const good = {
  critical_warning: 0n,
  temperature: 318n,
  avail_spare: 100n,
  spare_thresh: 5n,
  percent_used: 3n,
  data_units_read: 8123456789n,
  data_units_written: 21386718750n,
  host_read_commands: 91234567890n,
  host_write_commands: 170123456789n,
  controller_busy_time: 20160n,
  power_cycles: 41n,
  power_on_hours: 8123n,
  unsafe_shutdowns: 12n,
  media_errors: 0n,
  num_err_log_entries: 77n,
  temperature_sensor_1: 321n,
};
type Fields = Partial<Record<SmartKey, bigint>>;

/** How versions of nvme-cli print a counter that may be large. */
const dialects = {
  'bare integers': (value: bigint) => `${value}`,
  'decimal strings': (value: bigint) => `"${value}"`,
};

function json(
  fields: Fields,
  print: (value: bigint) => string,
  warning = (bits: bigint) => `${bits}`,
): string {
  const lines = Object.entries(fields).map(([key, value]) => {
    const large = smartLayout[key as SmartKey][1] === 16;
    return `"${key}":${key === 'critical_warning' ? warning(value) : large ? print(value) : value}`;
  });
  return `{${lines.join(',')}}`;
}

function page(fields: Fields): Uint8Array {
  const bytes = new Uint8Array(smartLogBytes);
  for (const [key, value] of Object.entries(fields)) {
    const [offset, length] = smartLayout[key as SmartKey];
    for (let i = 0; i < length; i++) bytes[offset + i] = Number((value >> BigInt(8 * i)) & 255n);
  }
  return bytes;
}

test('a recorded log of nvme-cli 2.3, whose counters are strings', () => {
  expect(parseSmartJson(recorded('smart-log-2.3.json'))).toMatchObject({
    criticalWarning: 0,
    temperatureCelsius: 50,
    dataUnitsRead: 1n,
    hostReadCommands: 4n,
    sensors: [],
  });
});

test('a recorded log with a critical warning', () => {
  const { criticalWarning } = parseSmartJson(recorded('smart-log-2.16-critical.json'));
  expect(warningsOf(criticalWarning)).toEqual(['reliability']);
});

test('a log is the same, whether the drive sends it or a version of nvme-cli prints it', () => {
  const fields = fc.record(
    Object.fromEntries(
      Object.entries(smartLayout).map(([key, [, bytes]]) => [
        key,
        key.startsWith('temperature') ? fc.bigInt(200n, 450n) : fc.bigInt(0n, (1n << BigInt(8 * bytes)) - 1n),
      ]),
    ),
  );
  fc.assert(
    fc.property(fields, (values) => {
      const expected = decodeSmartLog(page(values));
      for (const print of Object.values(dialects))
        expect(parseSmartJson(json(values, print))).toEqual(expected);
      const verbose = json(
        values,
        dialects['bare integers'],
        (bits) => `{"value":${bits},"available_spare":0}`,
      );
      expect(parseSmartJson(verbose)).toEqual(expected);
    }),
    { numRuns: 300 },
  );
});

test('a counter beyond 2^53 arrives exactly', () => {
  for (const print of Object.values(dialects)) {
    const log = parseSmartJson(json({ ...good, data_units_written: 9007199254740993n }, print));
    expect(log.dataUnitsWritten).toBe(9007199254740993n);
  }
});

test('older versions print floating numbers', () => {
  const text = json(good, dialects['bare integers']).replace('21386718750', '9.007199254740992e15');
  expect(parseSmartJson(text).dataUnitsWritten).toBe(9007199254740992n);
});

test('a log no running drive has counts as not read', () => {
  expect(() => decodeSmartLog(new Uint8Array(512))).toThrow('all zeros');
  expect(() => decodeSmartLog(new Uint8Array(512).fill(255))).toThrow('impossible temperature, 65535 K');
  expect(() => decodeSmartLog(new Uint8Array(100))).toThrow('has 100 bytes');
  expect(() => parseSmartJson('{"critical_warning":0,')).toThrow('printed no JSON');
  expect(() => parseSmartJson('[]')).toThrow('no SMART log');
  expect(() => parseSmartJson('{"error":"/dev/nvme9: No such file or directory"}')).toThrow(
    'nvme smart-log: /dev/nvme9: No such file or directory',
  );
});

test('any text is a log or an error that says what is wrong', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
      expect(() => parseSmartJson(text)).toThrow(/^nvme smart-log/);
    }),
  );
});
