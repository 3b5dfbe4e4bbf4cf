/** The repository where nothing says which it is. */
const ownRepository = 'https://github.com/rackwright/rackwright';

/** Where an image's source is and who builds it. */
export interface Origin {
  /** Web address of the repository. */
  readonly repository: string;
  /** What the provenance names as the builder: the workflow or job of a forge, or a machine of one's own. */
  readonly builder: string;
}

/**
 * The repository that `RACKWRIGHT_SOURCE` names, or that a pipeline of GitHub or
 * GitLab runs for, and the part of that pipeline which builds. Every variable
 * read here is an input of the target `container` in nx.json.
 */
export function originOf(env: NodeJS.ProcessEnv): Origin {
  const { GITHUB_SERVER_URL: server, GITHUB_REPOSITORY: name, GITHUB_WORKFLOW_REF: workflow } = env;
  const { CI_PROJECT_URL: project, CI_JOB_NAME: job } = env;
  const onGithub = server && name ? `${server}/${name}` : '';
  const repository = env.RACKWRIGHT_SOURCE || onGithub || project || ownRepository;
  if (onGithub && workflow) return { repository, builder: `${server}/${workflow}` };
  if (project && job) return { repository, builder: `${project}/.gitlab-ci.yml#${encodeURIComponent(job)}` };
  return { repository, builder: `${ownRepository}/tools/images#local` };
}
