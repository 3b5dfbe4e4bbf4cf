import { HwError } from '@rackwright/core';
import type { ProcessRunner } from '@rackwright/host';
import { runTool } from './engine/run-tool.ts';

/**
 * The words cosign signs with on its own: no transparency log, no time stamp.
 * From 2.6 on it can take the services of a signing from Sigstore, and 3 does so
 * unless told not to; older ones do not know the option.
 *
 * @throws HwError FailedPrecondition when cosign does not answer: whoever names a key wants signatures
 */
export async function signingWords(runner: ProcessRunner): Promise<readonly string[]> {
  const help = await runner.run(['cosign', 'sign-blob', '--help']).catch(() => undefined);
  if (help?.code !== 0) {
    throw new HwError('FailedPrecondition', 'COSIGN_KEY is set, but cosign is not in PATH', {
      remedy: 'install cosign 2 or 3, or unset COSIGN_KEY',
    });
  }
  const services = `${help.stdout}${help.stderr}`.includes('--use-signing-config');
  return [...(services ? ['--use-signing-config=false'] : []), '--tlog-upload=false'];
}

/**
 * Signs a file with a key and `words` of `signingWords`. The signature lies beside the file.
 *
 * @throws HwError FailedPrecondition with what cosign complained about
 */
export async function signFile(
  file: string,
  key: string,
  words: readonly string[],
  runner: ProcessRunner,
): Promise<string> {
  const bundle = `${file}.sigstore.json`;
  await runTool(runner, ['cosign', 'sign-blob', '--yes', '--key', key, ...words, '--bundle', bundle, file]);
  return bundle;
}
