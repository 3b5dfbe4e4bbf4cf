import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { originOf } from './origin.ts';
import { Workspace } from './workspace.ts';

const github = {
  GITHUB_SERVER_URL: 'https://github.example',
  GITHUB_REPOSITORY: 'me/fork',
  GITHUB_WORKFLOW_REF: 'me/fork/.github/workflows/release.yml@refs/heads/main',
};
const gitlab = { CI_PROJECT_URL: 'https://gitlab.example/me/fork', CI_JOB_NAME: 'publish images' };
const ours = 'https://github.com/rackwright/rackwright';

test.each([
  ['a machine of one own', {}, ours, `${ours}/tools/images#local`],
  [
    'GitHub',
    github,
    'https://github.example/me/fork',
    'https://github.example/me/fork/.github/workflows/release.yml@refs/heads/main',
  ],
  ['GitLab', gitlab, gitlab.CI_PROJECT_URL, `${gitlab.CI_PROJECT_URL}/.gitlab-ci.yml#publish%20images`],
])('on %s', (_, env, repository, builder) => {
  expect(originOf(env)).toEqual({ repository, builder });
  expect(originOf({ ...env, RACKWRIGHT_SOURCE: 'https://a.example' })).toEqual({
    repository: 'https://a.example',
    builder,
  });
});

test('what it reads is an input of the images', () => {
  const nx = readFileSync(join(new Workspace().root, 'nx.json'), 'utf8');
  for (const name of ['RACKWRIGHT_SOURCE', ...Object.keys(github), ...Object.keys(gitlab)])
    expect(nx).toContain(`{ "env": "${name}" }`);
});
