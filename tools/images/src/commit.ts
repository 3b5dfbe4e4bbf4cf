import { HwError } from '@rackwright/core';
import type { ProcessRunner } from '@rackwright/host';

/** What is built: the commit and the time everything made from it carries. */
export interface Commit {
  /** Full hash; `-dirty` follows it when the checkout differs. */
  readonly revision: string;
  /** Hash of the commit's files; undefined where the revision is not the repository's word. */
  readonly tree?: string;
  readonly time: Date;
}

/**
 * The commit of the checkout at `folder`. `SOURCE_DATE_EPOCH` and
 * `RACKWRIGHT_REVISION` win, for archives without a repository.
 *
 * @throws HwError FailedPrecondition when neither says it
 */
export async function readCommit(
  folder: string,
  env: NodeJS.ProcessEnv,
  runner: ProcessRunner,
): Promise<Commit> {
  const git = async (...words: readonly string[]): Promise<string> => {
    const outcome = await runner.run(['git', '-C', folder, ...words]).catch(() => undefined);
    return outcome?.code === 0 ? outcome.stdout.trim() : '';
  };
  const revision =
    env.RACKWRIGHT_REVISION ||
    (await git('describe', '--always', '--dirty', '--abbrev=40', '--exclude', '*'));
  const epoch = env.SOURCE_DATE_EPOCH || (await git('log', '-1', '--format=%ct'));
  if (revision !== '' && /^\d+$/.test(epoch)) {
    // What the environment names need not be what is checked out.
    const tree = env.RACKWRIGHT_REVISION ? '' : await git('rev-parse', '--verify', '--quiet', 'HEAD^{tree}');
    return { revision, time: new Date(Number(epoch) * 1000), ...(tree === '' ? {} : { tree }) };
  }
  throw new HwError('FailedPrecondition', `cannot tell which commit ${folder} is`, {
    remedy: 'build in a git checkout, or set RACKWRIGHT_REVISION and SOURCE_DATE_EPOCH (seconds since 1970)',
  });
}
