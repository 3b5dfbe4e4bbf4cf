import { execFile } from 'node:child_process';
import { chmod, copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { workspaceRoot } from './projects.ts';

const digest = `sha256:${'ab'.repeat(32)}`;
const key = 'env://COSIGN_PRIVATE_KEY';
let folder: string;

// The script runs as it is, in a workspace of one app, with doubles of the
// registry's and the signer's program that write down how they were called.
const doubles = {
  npx: 'exec "$@"',
  skopeo: `echo "skopeo $*" >>"$CALLS"
if [[ $1 == inspect ]]; then
  if [[ $THERE == sha256:* ]]; then echo "$THERE"; else echo "$THERE" >&2; exit 1; fi
fi
while (($# > 0)); do if [[ $1 == --digestfile ]]; then printf '${digest}' >"$2"; fi; shift; done`,
  cosign: `if [[ $2 == --help ]]; then echo "$COSIGN_HELP"; else echo "cosign $* (key \${COSIGN_KEY-unset})" >>"$CALLS"; fi`,
};

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rwpublish-'));
  const provenance = { subject: [{ digest: { sha256: digest.slice(7) } }], predicate: { a: 1 } };
  const files = {
    'apps/x/package.json': JSON.stringify({ version: '1.2.3' }),
    'dist/images/x.provenance.json': JSON.stringify(provenance),
    'dist/images/x.spdx.json': '{}',
    ...Object.fromEntries(
      Object.entries(doubles).map(([name, text]) => [`bin/${name}`, `#!/usr/bin/env bash\n${text}\n`]),
    ),
  };
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), text);
    await chmod(join(folder, name), 0o755);
  }
  await mkdir(join(folder, '.ci'));
  await copyFile(join(workspaceRoot, '.ci/publish-images'), join(folder, '.ci/publish-images'));
});

afterEach(() => rm(folder, { recursive: true }));

interface Outcome {
  readonly code: number;
  readonly said: string;
  readonly calls: readonly string[];
}

/** Publishes x to a registry where its version is `there`, or which gives that answer. */
async function publish(there: string, env: Readonly<Record<string, string>> = {}): Promise<Outcome> {
  const calls = join(folder, 'calls');
  await writeFile(calls, '');
  const options = {
    env: {
      PATH: `${join(folder, 'bin')}:${process.env.PATH}`,
      CALLS: calls,
      THERE: there,
      COSIGN_HELP: '',
      ...env,
    },
  };
  const ended = promisify(execFile)('bash', ['.ci/publish-images', 'Reg.example/Me', 'x'], {
    cwd: folder,
    ...options,
  });
  const { code, stdout, stderr } = await ended.then(
    (output) => ({ code: 0, ...output }),
    (error: { code: number; stdout: string; stderr: string }) => error,
  );
  const lines = (await readFile(calls, 'utf8')).trim().split('\n');
  return { code, said: stdout + stderr, calls: lines.filter((line) => !line.startsWith('skopeo inspect')) };
}

test.each(['manifest unknown', 'denied: requested access to the resource is denied'])(
  'a version the registry does not have (%s) is pushed and signed with its digest',
  async (answer) => {
    const { code, calls } = await publish(answer, { COSIGN_KEY: key });
    expect(code).toBe(0);
    expect(calls[0]).toMatch(/^skopeo copy .* docker:\/\/reg\.example\/me\/x:1\.2\.3$/);
    // Without a key, though the pipeline always sets one: cosign would take it from there.
    expect(calls[1]).toBe(`cosign sign --yes reg.example/me/x@${digest} (key unset)`);
    expect(calls).toHaveLength(4);
  },
);

test('a version that is there already is signed, and not pushed again', async () => {
  const { code, calls, said } = await publish(digest);
  expect([code, calls.map((line) => line.split(' ').slice(0, 2).join(' '))]).toEqual([
    0,
    ['cosign sign', 'cosign attest', 'cosign attest'],
  ]);
  expect(said).toContain('is there already');
});

test('a version that is there with another digest stays as it is, and that is an error', async () => {
  const other = `sha256:${'0'.repeat(64)}`;
  const { code, calls, said } = await publish(other);
  expect([code, calls]).toEqual([1, []]);
  expect(said).toContain(
    `reg.example/me/x:1.2.3 is there already as ${other}, and was built now as ${digest}`,
  );
});

test('a registry that does not answer is no free version', async () => {
  const { code, calls, said } = await publish('dial tcp: i/o timeout');
  expect([code, calls]).toEqual([1, []]);
  expect(said).toContain('i/o timeout');
});

test.each([
  ['2', '--tlog-upload', '--tlog-upload=false'],
  ['3', '--tlog-upload --use-signing-config', '--tlog-upload=false --use-signing-config=false'],
])('with a key cosign %s enters nothing in a public log', async (_, help, words) => {
  const env = { RACKWRIGHT_SIGNING: 'key', COSIGN_KEY: key, COSIGN_HELP: help };
  const { calls } = await publish(digest, env);
  expect(calls[0]).toBe(`cosign sign --yes --key ${key} ${words} reg.example/me/x@${digest} (key ${key})`);
});
