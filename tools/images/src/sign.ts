import type { ProcessRunner } from '@rackwright/host';
import { runTool } from './engine/run-tool.ts';

/** Why nothing is signed here; undefined when it can be. */
export async function unableToSign(
  env: NodeJS.ProcessEnv,
  runner: ProcessRunner,
): Promise<string | undefined> {
  if (!env.COSIGN_KEY) return 'COSIGN_KEY is not set';
  const found = await runner.run(['cosign', 'version']).then(
    ({ code }) => code === 0,
    () => false,
  );
  return found ? undefined : 'cosign is not in PATH';
}

/**
 * Signs a file with the key that `COSIGN_KEY` names and nobody else's help: no
 * transparency log, no time stamp. The signature lies beside the file.
 *
 * @throws HwError FailedPrecondition with what cosign complained about
 */
export async function signFile(file: string, key: string, runner: ProcessRunner): Promise<string> {
  const bundle = `${file}.sigstore.json`;
  const alone = ['--use-signing-config=false', '--tlog-upload=false'];
  await runTool(runner, ['cosign', 'sign-blob', '--yes', '--key', key, ...alone, '--bundle', bundle, file]);
  return bundle;
}
