import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { type Callable, readCallable } from './pipeline-calls.ts';
import { githubPipeline, gitlabPipeline, pipelineOffences, readPipelines } from './pipelines.ts';
import { workspaceRoot } from './projects.ts';

const callable: Callable = {
  scripts: new Set(['e2e']),
  targets: new Map([
    ['lint', new Set(['core'])],
    ['scan', new Set(['images'])],
  ]),
};

test('what the pipelines call exists, and nothing they use can change under them', async () => {
  const all = await readCallable(workspaceRoot);
  const pipelines = await readPipelines(workspaceRoot);
  const offences = await Promise.all(pipelines.map((item) => pipelineOffences(item, all, workspaceRoot)));
  expect(offences.flat()).toEqual([]);
  expect(pipelines.map(({ file }) => file)).toEqual([
    '.github/actions/setup/action.yml',
    '.github/workflows/ci.yml',
    '.github/workflows/release.yml',
    '.gitlab-ci.yml',
  ]);
});

test('both forges run the same checks', async () => {
  const pipelines = await readPipelines(workspaceRoot);
  const names = (file: string): string[] =>
    pipelines.find((item) => item.file === file)?.jobs.map(({ name }) => name) ?? [];
  expect(names('.gitlab-ci.yml')).toEqual(expect.arrayContaining(names('.github/workflows/ci.yml')));
});

test('docs/ci.md explains every secret and variable the GitHub workflows read', async () => {
  const docs = await readFile(join(workspaceRoot, 'docs/ci.md'), 'utf8');
  const text = await Promise.all(
    ['ci', 'release'].map((name) => readFile(join(workspaceRoot, `.github/workflows/${name}.yml`), 'utf8')),
  );
  const read = [...text.join().matchAll(/\b(?:secrets|vars)\.(\w+)/g)].map(([, name = '']) => name);
  expect(new Set(read).size).toBeGreaterThan(5);
  expect(read.filter((name) => !docs.includes(`\`${name}\``))).toEqual([]);
});

test('a GitHub workflow is refused for what it misses and what it leaves open', async () => {
  const pipeline = githubPipeline(
    'bad.yml',
    `
on: push
jobs:
  first:
    needs: [zeroth]
    steps:
      - uses: actions/checkout@v5
      - uses: actions/cache@0057852bfaa89a56745cba8c7296529d2fc39830
      - uses: ./.github/actions/absent
      - run: npm run e2e && npm run e3e
      - run: npx nx run-many -t lint,polish
      - run: npx nx run core:scan
      - run: bash .ci/affected lint shine
      - run: bash .ci/absent \${{ github.head_ref }}
`,
  );
  expect(await pipelineOffences(pipeline, callable, workspaceRoot)).toEqual([
    'bad.yml: grants its token the default permissions; name them',
    'bad.yml: first: needs zeroth, which is no job',
    'bad.yml: first: actions/checkout@v5: not at a full commit with its release in a comment',
    'bad.yml: first: actions/cache@0057852bfaa89a56745cba8c7296529d2fc39830: not at a full commit with its release in a comment',
    'bad.yml: first: .ci/absent is not there or cannot be started',
    'bad.yml: first: .github/actions/absent is not there',
    'bad.yml: first: npm run e3e: package.json has no such script',
    'bad.yml: first: nx target polish: no project has it',
    'bad.yml: first: nx target shine: no project has it',
    'bad.yml: first: nx run core:scan: no project has it',
    'bad.yml: first: puts an expression into a shell line; hand it over in env',
  ]);
});

test('a GitLab pipeline is refused for jobs, stages and images that are not there', async () => {
  const pipeline = gitlabPipeline(
    'bad.yml',
    `
stages: [check]
default:
  image: node:latest
one:
  stage: test
  extends: .absent
  needs: [two]
  before_script: [npm run e2e]
  script:
    - npm run e3e
`,
  );
  expect(await pipelineOffences(pipeline, callable, workspaceRoot)).toEqual([
    'bad.yml: one: stage test is not among the stages',
    'bad.yml: default: node:latest: not at a version',
    'bad.yml: one: needs two, which is no job',
    'bad.yml: one: needs .absent, which is no job',
    'bad.yml: one: npm run e3e: package.json has no such script',
  ]);
});
