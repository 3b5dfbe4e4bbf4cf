import { readFile } from 'node:fs/promises';
import { HwError } from '@rackwright/core';
import { readYaml } from '@rackwright/kubelet';

/**
 * Reads the environment list of a `--env-vars` file.
 *
 * @throws HwError InvalidArgument saying what is wrong with the file
 */
export async function readEnvFile(path: string): Promise<string[]> {
  const content = await readYaml(await read(path));
  if (!content.ok) throw unreadable(path, content.error);
  const { value } = content;
  const env = typeof value === 'object' && value !== null && 'env' in value ? value.env : undefined;
  if (!Array.isArray(env)) {
    throw new HwError('InvalidArgument', `--env-vars: ${path} holds no list "env"`, {
      remedy: 'write it like: env: [FI_PROVIDER=cxi]',
    });
  }
  return env.map((entry: unknown) => {
    if (typeof entry === 'string' && /^[A-Za-z_]\w*=/.test(entry)) return entry;
    throw new HwError('InvalidArgument', `--env-vars: ${path}: ${JSON.stringify(entry)} is not NAME=VALUE`);
  });
}

async function read(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    throw unreadable(path, cause);
  }
}

function unreadable(path: string, cause: unknown): HwError {
  return new HwError('InvalidArgument', `--env-vars: cannot read ${path}`, { cause });
}
