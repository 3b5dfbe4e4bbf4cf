import { expect, test } from '@jest/globals';
import { parseLdd } from './ldd.ts';

const node = `	linux-vdso.so.1 (0x00007f4e3eae2000)
	libdl.so.2 => /lib/x86_64-linux-gnu/libdl.so.2 (0x00007f4e3eacc000)
	libc.so.6 => /lib/x86_64-linux-gnu/libc.so.6 (0x00007f4e3e53e000)
	/lib64/ld-linux-x86-64.so.2 (0x00007f4e3eae4000)
`;

test('libraries and the loader are found by path, the kernel page is left out', () => {
  expect(parseLdd(node)).toEqual({
    found: [
      '/lib/x86_64-linux-gnu/libc.so.6',
      '/lib/x86_64-linux-gnu/libdl.so.2',
      '/lib64/ld-linux-x86-64.so.2',
    ],
    missing: [],
  });
});

test('what is not found is named', () => {
  expect(parseLdd('\tlibstdc++.so.6 => not found\n')).toEqual({ found: [], missing: ['libstdc++.so.6'] });
});

test('a static program needs nothing', () => {
  expect(parseLdd('\tnot a dynamic executable\n')).toEqual({ found: [], missing: [] });
});
