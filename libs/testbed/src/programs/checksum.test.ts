import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { publishedChecksum, sha256 } from './checksum.ts';

const a = 'a'.repeat(64);
const b = 'B'.repeat(64);

test('a file with nothing but the checksum is understood', () => {
  expect(publishedChecksum(`${a}\n`, 'kubectl')).toBe(a);
});

test('the line that names the file counts, in text and binary mode', () => {
  const text = `${a}  etcd-v3.7.3-linux-arm64.tar.gz\n${b} *etcd-v3.7.3-linux-amd64.tar.gz\n`;
  expect(publishedChecksum(text, 'etcd-v3.7.3-linux-amd64.tar.gz')).toBe(b.toLowerCase());
  expect(publishedChecksum(text, 'etcd-v3.7.3-linux-arm64.tar.gz')).toBe(a);
});

test('a checksum of another file, or a page that is no checksum, is not taken', () => {
  expect(publishedChecksum(`${a}  other.tar.gz\n`, 'this.tar.gz')).toBeUndefined();
  expect(publishedChecksum('<html>please log in</html>', 'this.tar.gz')).toBeUndefined();
  expect(publishedChecksum(`${a}0\n`, 'this.tar.gz')).toBeUndefined();
});

test('any text is survived, and what is taken from it has the form of a checksum', () => {
  const line = fc.oneof(fc.string(), fc.constant(`${a}  f`), fc.constant(a));
  fc.assert(
    fc.property(fc.array(line), (lines) => {
      expect(publishedChecksum(lines.join('\n'), 'f') ?? a).toMatch(/^[0-9a-f]{64}$/);
    }),
  );
});

test('the checksum of nothing is the well-known one', () => {
  expect(sha256(Buffer.alloc(0))).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
});
