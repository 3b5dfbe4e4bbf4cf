import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { readTar } from './read-tar.ts';
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

const plain = await writeTar([tarEntry('ping', 'file', 0o755)]);

/** An entry of a kind that is not written otherwise, without the end of an archive. */
async function ofKind(kind: string, data: Buffer): Promise<Buffer> {
  const archive = await writeTar([tarEntry('odd', 'file', 0o644, { data })]);
  archive.write(kind, 156, 'latin1');
  // The sum of the header's bytes, with its own field read as spaces.
  archive.write(' '.repeat(8), 148, 'latin1');
  const sum = archive.subarray(0, 512).reduce((total, byte) => total + byte, 0);
  archive.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return archive.subarray(0, -1024);
}

/** A record of a pax header. */
function paxRecord(key: string, value: string): Buffer {
  const rest = ` ${key}=${value}\n`;
  const length = [1, 2, 3]
    .map((digits) => rest.length + digits)
    .find((sum) => `${sum}${rest}`.length === sum);
  return Buffer.from(`${length}${rest}`);
}

afterAll(() => rmSync(folder, { recursive: true }));

describe('archives of GNU tar', () => {
  test.each(['gnu', 'pax', 'posix', 'oldgnu'])(
    'format %s is read with long names, links and modes',
    async (format) => {
      const archive = execFileSync('tar', [
        '-c',
        `--format=${format}`,
        '--owner=7',
        '--group=8',
        '-C',
        folder,
        '.',
      ]);
      const entries = new Map((await readTar(archive)).map((entry) => [entry.path, entry]));
      expect(String(entries.get(long)?.data)).toBe('far down');
      expect(entries.get('ünïcode')?.data.length).toBe(1000);
      expect(entries.get('link')).toMatchObject({ type: 'symlink', target: long });
      expect(entries.get('tool')).toMatchObject({ type: 'file', mode: 0o4755, uid: 7, gid: 8 });
      expect(entries.get('folder/folder')).toMatchObject({ type: 'directory' });
    },
  );

  test('a number too big for octal digits is read', async () => {
    const archive = execFileSync('tar', ['-c', '--format=gnu', '--owner=:3000000', '-C', folder, 'tool']);
    expect((await readTar(archive))[0]?.uid).toBe(3_000_000);
  });

  test('file capabilities are seen', async () => {
    const pax = paxRecord('SCHILY.xattr.security.capability', 'abc');
    const [entry] = await readTar(Buffer.concat([await ofKind('x', pax), plain]));
    expect([...(entry?.xattrs.keys() ?? [])]).toEqual(['security.capability']);
  });
});

describe('archives of our own', () => {
  test('GNU tar lists them', async () => {
    const entries = [
      tarEntry('app', 'directory', 0o755),
      tarEntry(long, 'file', 0o644, { data: Buffer.from('far down') }),
      tarEntry('link', 'symlink', 0o777, { target: long }),
    ];
    const input = await writeTar(entries);
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

  test('are read back as they were written', async () => {
    const name = fc
      .string({ unit: 'grapheme', minLength: 1, maxLength: 150 })
      .map((text) => `a${text.replace(/[\0/]/g, '_')}z`);
    const entry = fc
      .record({
        path: name,
        mode: fc.integer({ min: 1, max: 0o7777 }),
        uid: fc.nat(65535),
        mtime: fc.nat(2 ** 31 - 1),
        text: fc.string(),
      })
      .map(
        ({ path, mode, uid, mtime, text }): TarEntry =>
          tarEntry(path, 'file', mode, { uid, mtime, data: Buffer.from(text) }),
      );
    await fc.assert(
      fc.asyncProperty(fc.array(entry, { maxLength: 5 }), async (entries) => {
        expect(await readTar(await writeTar(entries))).toEqual(entries);
      }),
    );
  });

  test('a device has no place in an image', async () => {
    await expect(writeTar([tarEntry('dev/null', 'character', 0o666)])).rejects.toThrow(
      /dev\/null: a character device/,
    );
  });
});

describe('what is no tar archive', () => {
  const [name, contents] = ['a', Buffer.alloc(2000, 'a')];
  const archive = writeTar([tarEntry(name, 'file', 0o644, { data: contents })]);

  test('an archive that is cut off is refused', async () => {
    await expect(readTar((await archive).subarray(0, 1024))).rejects.toThrow(
      'not a readable tar archive: Unexpected end of data',
    );
  });

  test('a damaged header is refused', async () => {
    const damaged = Buffer.from(await archive);
    damaged[0] = 0x62;
    await expect(readTar(damaged)).rejects.toMatchObject({ code: 'InvalidArgument' });
  });

  test('a sparse file and every other kind that is not understood are refused, not left out', async () => {
    await expect(readTar(Buffer.concat([await ofKind('S', Buffer.alloc(0)), plain]))).rejects.toThrow(
      'odd is of a kind that is not known',
    );
    const sparse = await ofKind('x', paxRecord('GNU.sparse.major', '1'));
    await expect(readTar(Buffer.concat([sparse, plain]))).rejects.toThrow('ping is a sparse file');
  });

  test('any bytes are read or refused, never a crash', async () => {
    const whole = await archive;
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 2048 }), fc.nat(2560), async (noise, at) => {
        const bytes = Buffer.from(whole);
        bytes.set(noise.subarray(0, Math.max(0, bytes.length - at)), Math.min(at, bytes.length));
        const outcome = await readTar(bytes).catch((error: unknown) => error);
        if (!Array.isArray(outcome)) expect(outcome).toMatchObject({ code: 'InvalidArgument' });
      }),
    );
  });

  test('any records of a pax header are read or refused', async () => {
    await fc.assert(
      fc.asyncProperty(fc.stringMatching(/^[-0-9a-z= \n]*$/), async (records) => {
        const pax = await ofKind('x', Buffer.from(records));
        const outcome = await readTar(Buffer.concat([pax, plain])).catch((error: unknown) => error);
        if (!Array.isArray(outcome)) expect(outcome).toMatchObject({ code: 'InvalidArgument' });
      }),
    );
  });
});
