import { expect, test } from '@jest/globals';
import { HostRoot, type RunOutcome } from '@rackwright/host';
import fc from 'fast-check';
import { HostTools } from './host-tools.ts';
import { limitFolder, parseProjects } from './project-quota.ts';

const ended: RunOutcome = { code: 0, signal: null, stdout: '', stderr: '' };
const quota = { folder: '/mnt/c/.units/a', mountPoint: '/mnt/c', project: 1_090_519_041, bytes: 20_971_520n };
const none = '#0                   4          0          0     00 [--------]\n';
const limited = `${none}#1090519041          0          0      20480     00 [--------]\n`;

/** Gives a folder its quota with tools that print this. */
function limit(said: {
  readonly projid?: string;
  readonly report?: string;
  readonly bytes?: bigint;
  readonly limit?: Partial<RunOutcome>;
}) {
  const calls: string[] = [];
  const runner = {
    run: (argv: readonly string[]): Promise<RunOutcome> => {
      const line = argv.slice(argv.indexOf('--') + 1).join(' ');
      calls.push(line);
      if (line.startsWith('xfs_io'))
        return Promise.resolve({ ...ended, stdout: said.projid ?? 'projid = 1090519041\n' });
      if (line.includes('report')) return Promise.resolve({ ...ended, stdout: said.report ?? limited });
      return Promise.resolve({ ...ended, ...said.limit });
    },
  };
  const tools = new HostTools({ runner, root: new HostRoot('/'), entry: 'pid1' });
  return { calls, done: limitFolder(tools, { ...quota, bytes: said.bytes ?? quota.bytes }) };
}

test('a folder is limited before it becomes the project, and looked at afterwards', async () => {
  const { calls, done } = limit({});
  await done;
  expect(calls).toEqual([
    'xfs_quota -x -D /dev/null -P /dev/null -c limit -p bhard=20480k 1090519041 /mnt/c',
    'xfs_io -r -c chproj 1090519041 -c chattr +P -c lsproj /mnt/c/.units/a',
    'xfs_quota -x -D /dev/null -P /dev/null -c report -p -b -n -N /mnt/c',
  ]);
});

test.each([
  ['the limit is refused', { limit: { code: 1, stderr: 'cannot set limits: Function not implemented\n' } }],
  ['the tool complains and ends well', { limit: { stderr: 'cannot setup path for mount /mnt/c\n' } }],
  ['the folder is of no project', { projid: 'projid = 0\n' }],
  ['the limit is not there', { report: none }],
  ['the share is not known', { bytes: 1023n }],
  ['nothing is counted', { report: '' }],
])('a quota is never missing silently: %s', async (_, said) => {
  await expect(limit(said).done).rejects.toMatchObject({ code: 'FailedPrecondition' });
});

test('lines that say nothing of a project are passed over, whatever is printed', () => {
  expect([...parseProjects(`warning\n${limited}`).keys()]).toEqual([0, 1_090_519_041]);
  fc.assert(fc.property(fc.string(), (text) => parseProjects(text).size >= 0));
});
