import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { systemClock } from '@rackwright/core';
import { type TemporaryFolder, temporaryFolder } from '../process/temporary-folder.ts';
import type { ProgramName } from '../programs/catalogue.ts';
import { writeProgram } from '../programs/resolver-fixture.ts';
import { ControlPlane, type ControlPlaneOptions } from './control-plane.ts';

let folder: TemporaryFolder;
beforeEach(async () => {
  folder = await temporaryFolder('rwfail-');
});
afterEach(() => folder[Symbol.asyncDispose]());

/** Listens where etcd would, and does nothing. */
const listener = `#!/bin/sh
for a; do case $a in --listen-client-urls=*) port=\${a##*:};; esac; done
exec ${process.execPath} -e "require('net').createServer().listen($port, '127.0.0.1')"
`;

async function planeOf(scripts: Partial<Record<ProgramName, string>>): Promise<ControlPlaneOptions> {
  const paths = new Map<ProgramName, string>();
  for (const [name, content] of Object.entries(scripts)) {
    paths.set(name as ProgramName, await writeProgram(join(folder.path, name), content));
  }
  const resolve = async (name: ProgramName): Promise<string> => paths.get(name) ?? '/nowhere';
  const programs = { resolve, resolveAll: async () => ({}) as Record<ProgramName, string> };
  return { programs, clock: systemClock };
}

test('an etcd that does not start is told with its last lines, and nothing is left', async () => {
  const options = await planeOf({ etcd: '#!/bin/sh\necho "in $HOME"\necho disk on fire >&2\nexit 9\n' });
  const error = await ControlPlane.start(options).catch((reason: unknown) => reason);
  expect(String(error)).toMatch(
    /failed to start: etcd exited with code 9\. Its last lines:\nin .*\ndisk on fire/,
  );
  const [, runFolder = ''] = /^in (.*)$/m.exec(String(error)) ?? [];
  expect(runFolder).toMatch(/\/rwcp-/);
  await expect(access(runFolder)).rejects.toThrow(/ENOENT/);
});

test('an API server that does not start is told with its last lines', async () => {
  const options = await planeOf({
    etcd: listener,
    'kube-apiserver': '#!/bin/sh\necho "unknown flag" >&2\nexit 1\n',
  });
  await expect(ControlPlane.start(options)).rejects.toThrow(
    /kube-apiserver exited with code 1.*\nunknown flag/,
  );
});

test('a port that somebody else took first is not the end', async () => {
  const counter = join(folder.path, 'tries');
  const options = await planeOf({
    etcd: `#!/bin/sh\necho try >> ${counter}\necho 'listen tcp 127.0.0.1:1: bind: address already in use'\nexit 1\n`,
  });
  const lines: string[] = [];
  await expect(ControlPlane.start({ ...options, progress: (line) => lines.push(line) })).rejects.toThrow(
    /address already in use/,
  );
  expect(lines).toEqual(['starting etcd', 'starting etcd', 'starting etcd']);
});

test('a start that is given up stops what it had started', async () => {
  const stop = new AbortController();
  const options = await planeOf({ etcd: '#!/bin/sh\nexec sleep 1000\n' });
  const given = join(folder.path, 'run');
  const started = ControlPlane.start({
    ...options,
    folder: given,
    signal: stop.signal,
    progress: () => stop.abort(new Error('enough')),
  });
  await expect(started).rejects.toThrow('enough');
  await access(join(given, 'etcd.log'));
});
