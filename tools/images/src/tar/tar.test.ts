import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parsePax, paxRecord } from './pax.ts';
import { headerSum, readTar } from './read-tar.ts';
import { type TarEntry, tarEntry } from './tar-entry.ts';
import { writeTar } from './write-tar.ts';

const long = `${'folder/'.repeat(30)}file`;
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'rwtar-'));
  mkdirSync(join(folder, long, '..'), { recursive: true });
  writeFileSync(join(folder, long), 'far down');
  writeFileSync(join(folder, 'ünïcode'), 'x'.repeat(1000));
  writeFileSync(join(folder, 'tool'), '#!');
  chmodSync(join(folder, 'tool'), 0o4755);
  symlinkSync(long, join(folder, 'link'));
});

const plain = writeTar([tarEntry('ping', 'file', 0o755)]);

/** An entry of a kind that is not written otherwise, without the end of an archive. */
function ofKind(kind: string, data: Buffer): Buffer {
  const archive = writeTar([tarEntry('odd', 'file', 0o644, { data })]);
  archive.write(kind, 156, 'latin1');
  archive.write(`${headerSum(archive).toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return archive.subarray(0, -1024);
}

afterAll(() => rmSync(folder, { recursive: true }));

describe('archives of GNU tar', () => {
  test.each(['gnu', 'pax', 'posix', 'oldgnu'])(
    'format %s is read with long names, links and modes',
    (format) => {
      const archive = execFileSync('tar', [
        '-c',
        `--format=${format}`,
        '--owner=7',
        '--group=8',
        '-C',
        folder,
        '.',
      ]);
      const entries = new Map(readTar(archive).map((entry) => [entry.path, entry]));
      expect(String(entries.get(long)?.data)).toBe('far down');
      expect(entries.get('ünïcode')?.data.length).toBe(1000);
      expect(entries.get('link')).toMatchObject({ type: 'symlink', target: long });
      expect(entries.get('tool')).toMatchObject({ type: 'file', mode: 0o4755, uid: 7, gid: 8 });
      expect(entries.get('folder/folder')).toMatchObject({ type: 'directory' });
    },
  );

  test('a number too big for octal digits is read', () => {
    const archive = execFileSync('tar', ['-c', '--format=gnu', '--owner=:3000000', '-C', folder, 'tool']);
    expect(readTar(archive)[0]?.uid).toBe(3_000_000);
  });

  test('file capabilities are seen', () => {
    const pax = paxRecord('SCHILY.xattr.security.capability', 'abc');
    const [entry] = readTar(Buffer.concat([ofKind('x', pax), plain]));
    expect([...(entry?.xattrs.keys() ?? [])]).toEqual(['security.capability']);
  });
});

describe('archives of our own', () => {
  test('GNU tar lists them', () => {
    const entries = [
      tarEntry('app', 'directory', 0o755),
      tarEntry(long, 'file', 0o644, { data: Buffer.from('far down') }),
      tarEntry('link', 'symlink', 0o777, { target: long }),
    ];
    const input = writeTar(entries);
    const listed = execFileSync('tar', ['-tv', '--numeric-owner'], {
      input,
      env: { ...process.env, TZ: 'UTC' },
    });
    expect(
      String(listed)
        .split('\n')
        .map((line) => line.replace(/ +/g, ' ')),
    ).toEqual([
      'drwxr-xr-x 0/0 0 1970-01-01 00:00 app/',
      `-rw-r--r-- 0/0 8 1970-01-01 00:00 ${long}`,
      `lrwxrwxrwx 0/0 0 1970-01-01 00:00 link -> ${long}`,
      '',
    ]);
  });

  test('are read back as they were written', () => {
    const name = fc
      .string({ unit: 'grapheme', minLength: 1, maxLength: 150 })
      .map((text) => `a${text.replace(/[\0/]/g, '_')}z`);
    const entry = fc
      .record({
        path: name,
        mode: fc.nat(0o7777),
        uid: fc.nat(65535),
        mtime: fc.nat(2 ** 32),
        text: fc.string(),
      })
      .map(
        ({ path, mode, uid, mtime, text }): TarEntry =>
          tarEntry(path, 'file', mode, { uid, mtime, data: Buffer.from(text) }),
      );
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 5 }), (entries) => {
        expect(readTar(writeTar(entries))).toEqual(entries);
      }),
    );
  });

  test('a device has no place in an image', () => {
    expect(() => writeTar([tarEntry('dev/null', 'character', 0o666)])).toThrow(
      /dev\/null: a character device/,
    );
  });
});

describe('what is no tar archive', () => {
  const archive = writeTar([tarEntry('a', 'file', 0o644, { data: Buffer.alloc(2000, 'a') })]);

  test('an archive that is cut off is refused', () => {
    expect(() => readTar(archive.subarray(0, 1024))).toThrow(/byte 0: its contents are cut off/);
  });

  test('a damaged header is refused', () => {
    const damaged = Buffer.from(archive);
    damaged[0] = 0x62;
    expect(() => readTar(damaged)).toThrow(/byte 0: its checksum is wrong/);
  });

  test('a sparse file and every other kind that is not understood are refused, not left out', () => {
    expect(() => readTar(Buffer.concat([ofKind('S', Buffer.alloc(0)), plain]))).toThrow(
      /its kind "S" is not known/,
    );
    const sparse = ofKind('x', paxRecord('GNU.sparse.major', '1'));
    expect(() => readTar(Buffer.concat([sparse, plain]))).toThrow(/byte 1024: it is a sparse file/);
  });

  test.each(['path', 'linkpath', 'size'])('a global header that sets %s is refused', (key) => {
    const global = ofKind('g', paxRecord(key, '1'));
    expect(() => readTar(Buffer.concat([global, plain]))).toThrow(`byte 0: a global header sets ${key}`);
  });

  test('any bytes are read or refused, never a crash', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 2048 }), fc.nat(2560), (noise, at) => {
        const bytes = Buffer.from(archive);
        bytes.set(noise.subarray(0, Math.max(0, bytes.length - at)), Math.min(at, bytes.length));
        try {
          readTar(bytes);
        } catch (error) {
          expect(error).toMatchObject({ code: 'InvalidArgument' });
        }
      }),
    );
  });
});

test('pax records are read as they were written', () => {
  fc.assert(
    fc.property(
      fc.string({ minLength: 1 }).filter((key) => !/[=\0]/.test(key)),
      fc.string({ unit: 'grapheme' }),
      (key, value) => {
        fc.pre(!key.startsWith('SCHILY.xattr.'));
        expect(parsePax(paxRecord(key, value))).toEqual(new Map([[key, value]]));
      },
    ),
  );
});
