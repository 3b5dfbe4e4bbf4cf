/** What an installation by plain manifests is made from. */
export interface InstallValues {
  /** Name of the Deployment and, as a prefix, of everything else. */
  readonly name: string;
  readonly namespace: string;
  readonly image: string;
  /** Registry path and tag of the agents. */
  readonly imageRegistry: string;
  readonly imageTag: string;
}

/** The values of config/. */
export function defaultValues(version: string): InstallValues {
  const imageRegistry = 'ghcr.io/rackwright';
  return {
    name: 'slingshot-operator',
    namespace: 'slingshot-system',
    image: `${imageRegistry}/operator-manager:${version}`,
    imageRegistry,
    imageTag: version,
  };
}

/** Labels of everything in an installation. */
export function installLabels({ name }: InstallValues): Record<string, string> {
  return { 'app.kubernetes.io/name': name, 'app.kubernetes.io/part-of': 'rackwright' };
}

export function agentRoleName({ name }: InstallValues): string {
  return `${name}-driver-agent`;
}
