import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { packCpio } from './cpio.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'rwk-cpio-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const word = fc.stringMatching(/^[a-z][a-z0-9._-]{0,20}$/);
const files = fc.dictionary(word, fc.uint8Array({ maxLength: 3000 }), { maxKeys: 8, noNullPrototype: true });

test('an archive is unpacked by a real cpio to what was packed', () => {
  fc.assert(
    fc.property(files, (contents) => {
      const at = mkdtempSync(join(folder, 'run-'));
      const members = Object.entries(contents).map(([name, content]) => ({
        path: `d/${name}`,
        content,
        mode: 0o640,
      }));
      const archive = packCpio([{ path: 'd' }, ...members]);
      execFileSync('busybox', ['cpio', '-i', '-d'], {
        cwd: at,
        input: archive,
        stdio: ['pipe', 'pipe', 'pipe'],
      });
      expect(readdirSync(join(at, 'd')).sort()).toEqual(Object.keys(contents).sort());
      for (const { path, content } of members) {
        expect(readFileSync(join(at, path)).equals(Buffer.from(content))).toBe(true);
        expect(statSync(join(at, path)).mode & 0o777).toBe(0o640);
      }
    }),
    { numRuns: 25 },
  );
});
