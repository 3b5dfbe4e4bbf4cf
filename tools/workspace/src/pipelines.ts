import { constants } from 'node:fs';
import { access, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import { type Callable, callOffences, stepsOf } from './pipeline-calls.ts';

/** One job of a pipeline, whichever forge it is written for. */
export interface PipelineJob {
  readonly name: string;
  readonly needs: readonly string[];
  /** Shell lines, in order. */
  readonly script: readonly string[];
  /** Actions and container images it uses, as written, with the comment behind an action. */
  readonly uses: readonly string[];
}

/** A pipeline file, read. */
export interface Pipeline {
  readonly file: string;
  readonly jobs: readonly PipelineJob[];
  /** What is wrong with the file as a whole. */
  readonly offences: readonly string[];
}

const github = '.github';
const gitlab = '.gitlab-ci.yml';

/** Every pipeline file of the workspace. */
export async function readPipelines(root: string): Promise<Pipeline[]> {
  const names = (await readdir(join(root, github), { recursive: true })).filter((name) =>
    /\.ya?ml$/.test(name),
  );
  const workflows = names.sort().map(async (name) => {
    const file = `${github}/${name}`;
    return githubPipeline(file, await readFile(join(root, file), 'utf8'));
  });
  const gitlabText = await readFile(join(root, gitlab), 'utf8');
  return [...(await Promise.all(workflows)), gitlabPipeline(gitlab, gitlabText)];
}

/**
 * What a pipeline calls or names that is not there, or that another may change
 * under us. One sentence per offence.
 */
export async function pipelineOffences(
  pipeline: Pipeline,
  callable: Callable,
  root: string,
): Promise<string[]> {
  const { file, jobs } = pipeline;
  const names = new Set(jobs.map((job) => job.name));
  const offences = [...pipeline.offences];
  for (const { name, needs, script, uses } of jobs) {
    const missing = needs.filter((need) => !names.has(need)).map((need) => `needs ${need}, which is no job`);
    const files = await Promise.all(programFiles(script, uses).map((path) => fileOffence(root, path)));
    const found = [
      ...missing,
      ...uses.flatMap(useOffences),
      ...files.flat(),
      ...callOffences(script, callable),
    ];
    offences.push(...found.map((why) => `${name}: ${why}`));
  }
  return offences.map((why) => `${file}: ${why}`);
}

/** Reads a GitHub workflow or a composite action. */
export function githubPipeline(file: string, text: string): Pipeline {
  const {
    jobs = {},
    runs,
    permissions,
  } = parse(text) as {
    readonly jobs?: Readonly<Record<string, Node>>;
    readonly runs?: Node;
    readonly permissions?: unknown;
  };
  const nodes = runs === undefined ? Object.entries(jobs) : [['runs', runs] as const];
  const comments = new Map(
    [...text.matchAll(/uses: *(\S+)( *#.*)?$/gm)].map(([, use = '', comment = '']) => [use, comment.trim()]),
  );
  const restricted = runs !== undefined || (typeof permissions === 'object' && permissions !== null);
  return {
    file,
    jobs: nodes.map(([name, job]) => {
      const steps = stepsOf(job);
      const uses = [job, ...steps].flatMap(({ uses: use }) => (typeof use === 'string' ? [use] : []));
      return {
        name,
        needs: listOf(job.needs),
        script: steps.flatMap(({ run }) => (typeof run === 'string' ? [run] : [])),
        uses: uses.map((use) => `${use} ${comments.get(use) ?? ''}`.trim()),
      };
    }),
    offences: restricted ? [] : ['grants its token the default permissions; name them'],
  };
}

type Node = Readonly<Record<string, unknown>>;

const gitlabKeywords = ['stages', 'workflow', 'variables', 'default', 'include', 'spec', 'cache'];

/** Reads a GitLab pipeline. Templates, whose names start with a dot, count as jobs that may be extended. */
export function gitlabPipeline(file: string, text: string): Pipeline {
  const document = parse(text, { merge: true }) as Readonly<Record<string, Node>>;
  const stages = listOf(document.stages);
  const nodes = Object.entries(document).filter(([name]) => !gitlabKeywords.includes(name));
  const whole: [string, Node][] = [['default', document.default ?? {}], ...nodes];
  const jobs = whole.map(([name, node]) => ({
    name,
    needs: [...listOf(node.needs), ...listOf(node.extends)],
    script: [...listOf(node.before_script), ...listOf(node.script), ...listOf(node.after_script)],
    uses: typeof node.image === 'string' ? [node.image] : [],
  }));
  const strays = nodes
    .filter(([, { stage }]) => stage !== undefined && !stages.includes(String(stage)))
    .map(([name, { stage }]) => `${name}: stage ${String(stage)} is not among the stages`);
  return { file, jobs, offences: strays };
}

function listOf(value: unknown): string[] {
  if (value === undefined || value === null) return [];
  return Array.isArray(value) ? value.flat().map(String) : [String(value)];
}

/** Actions at a commit, with the release in a comment; images at a version; nothing else. */
function useOffences(use: string): string[] {
  if (use.startsWith('./')) return [];
  if (/^[\w.-]+\/[\w./-]+@/.test(use)) {
    return /@[0-9a-f]{40} # v\d+\.\d+\.\d+$/.test(use)
      ? []
      : [`${use}: not at a full commit with its release in a comment`];
  }
  return /:\d[\w.-]*$/.test(use) ? [] : [`${use}: not at a version`];
}

/** Files of the workspace that are started or included. */
function programFiles(script: readonly string[], uses: readonly string[]): string[] {
  const started = script.flatMap((lines) => [...lines.matchAll(/(?:^|\s)((?:\.ci|tools)\/[\w./-]+)/gm)]);
  const local = uses.filter((use) => use.startsWith('./')).map((use) => use.slice(2));
  return [...started.map(([, path = '']) => path), ...local];
}

async function fileOffence(root: string, path: string): Promise<string[]> {
  const mode = path.startsWith('.ci/') ? constants.X_OK : constants.R_OK;
  return access(join(root, path), mode).then(
    () => [],
    () => [`${path} is not there${mode === constants.X_OK ? ' or cannot be started' : ''}`],
  );
}
