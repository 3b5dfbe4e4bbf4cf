import { apps, cxi } from '@rackwright/registry';

type Agent = (typeof cxi.apps)[number];
/** An agent by the flag of the operator that names its image, without its `-image`. */
type Component = Agent['component'];

/** The apps operators roll out, of every family. */
export const agentApps = apps.flatMap(({ name, component }) => (component === undefined ? [] : [name]));

/** The apps an installation pulls images of. */
export const installedApps: readonly string[] = ['operator-manager', ...agentApps, 'admission-webhook'];

/** What the pipeline builds released images for; docs/images.md says how to build others. */
export const imageArchitecture = 'amd64';

/** The version of each app. */
export type AppVersions = Readonly<Record<string, string>>;

/** What an installation by plain manifests is made from. */
export interface InstallValues {
  /** Name of the Deployment and, as a prefix, of everything else. */
  readonly name: string;
  readonly namespace: string;
  readonly image: string;
  /** Images of the agents, by the operator's flag for each without its `-image`. */
  readonly agentImages: Readonly<Record<Component, string>>;
}

/** The values of config/, which installs the CXI family as the older slingshot-operator did. */
export function defaultValues(versions: AppVersions): InstallValues {
  const image = (app: string): string => `ghcr.io/rackwright/${app}:${versions[app]}`;
  return {
    name: 'slingshot-operator',
    namespace: 'slingshot-system',
    image: image('operator-manager'),
    agentImages: Object.fromEntries(
      cxi.apps.map(({ component, name }) => [component, image(name)]),
    ) as InstallValues['agentImages'],
  };
}

/** The values of config/pmem, under the names of the older PMEM-CSI operator. */
export function pmemValues(versions: AppVersions): InstallValues {
  const { image, agentImages } = defaultValues(versions);
  return { name: 'pmem-csi-operator', namespace: 'pmem-csi', image, agentImages };
}

/** Labels of everything in an installation. */
export function installLabels({ name }: InstallValues): Record<string, string> {
  return { 'app.kubernetes.io/name': name, 'app.kubernetes.io/part-of': 'rackwright' };
}

/** The ClusterRole that operators bind the agents of a component to. */
export function agentRoleName({ name }: Pick<InstallValues, 'name'>, component: string): string {
  return `${name}-${component}`;
}

/** The same for their rights in the namespace where they run. */
export function agentNamespaceRoleName(values: Pick<InstallValues, 'name'>, component: string): string {
  return `${agentRoleName(values, component)}-namespace`;
}
