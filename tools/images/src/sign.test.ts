import { expect, test } from '@jest/globals';
import type { ProcessRunner } from '@rackwright/host';
import { signFile, signingWords } from './sign.ts';

/** A cosign whose help is `help`, and what it was called with. */
function cosign(help: string): { runner: ProcessRunner; calls: string[] } {
  const calls: string[] = [];
  const run = (argv: readonly string[]): ReturnType<ProcessRunner['run']> => {
    calls.push(argv.join(' '));
    return Promise.resolve({ code: 0, signal: null, stdout: help, stderr: '' });
  };
  return { runner: { run } as ProcessRunner, calls };
}

test('with a key but without cosign signing fails, and the way out is told', async () => {
  const nowhere = { run: () => Promise.reject(new Error('not here')) };
  await expect(signingWords(nowhere)).rejects.toMatchObject({
    code: 'FailedPrecondition',
    message: 'COSIGN_KEY is set, but cosign is not in PATH',
    remedy: expect.stringContaining('unset COSIGN_KEY'),
  });
});

test.each([
  ['2.5', '      --tlog-upload', '--tlog-upload=false'],
  ['3', '      --tlog-upload\n      --use-signing-config', '--use-signing-config=false --tlog-upload=false'],
])('cosign %s signs alone', async (_, help, words) => {
  const { runner, calls } = cosign(help);
  const bundle = await signFile('a.tar', 'k.key', await signingWords(runner), runner);
  expect(bundle).toBe('a.tar.sigstore.json');
  expect(calls.at(-1)).toBe(`cosign sign-blob --yes --key k.key ${words} --bundle ${bundle} a.tar`);
});
