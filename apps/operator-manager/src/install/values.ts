import { cxi } from '@rackwright/registry';

type Agent = (typeof cxi.apps)[number];
/** An agent by the flag of the operator that names its image, without its `-image`. */
type Component = Agent['component'];

/** The apps the operator rolls out. */
export const agentApps = cxi.apps.map(({ name }) => name);

/** The apps an installation pulls images of. */
export const installedApps = ['operator-manager', ...agentApps, 'admission-webhook'] as const;

/** What the pipeline builds released images for; docs/images.md says how to build others. */
export const imageArchitecture = 'amd64';

/** The version of each app. */
export type AppVersions = Readonly<Record<(typeof installedApps)[number], string>>;

/** What an installation by plain manifests is made from. */
export interface InstallValues {
  /** Name of the Deployment and, as a prefix, of everything else. */
  readonly name: string;
  readonly namespace: string;
  readonly image: string;
  /** Images of the agents, by the operator's flag for each without its `-image`. */
  readonly agentImages: Readonly<Record<Component, string>>;
}

/** The values of config/. */
export function defaultValues(versions: AppVersions): InstallValues {
  const image = (app: keyof AppVersions): string => `ghcr.io/rackwright/${app}:${versions[app]}`;
  return {
    name: 'slingshot-operator',
    namespace: 'slingshot-system',
    image: image('operator-manager'),
    agentImages: Object.fromEntries(
      cxi.apps.map(({ component, name }) => [component, image(name)]),
    ) as InstallValues['agentImages'],
  };
}

/** Labels of everything in an installation. */
export function installLabels({ name }: InstallValues): Record<string, string> {
  return { 'app.kubernetes.io/name': name, 'app.kubernetes.io/part-of': 'rackwright' };
}

export function agentRoleName({ name }: InstallValues): string {
  return `${name}-driver-agent`;
}
