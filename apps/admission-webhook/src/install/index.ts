export { webhookManifests } from './manifests.ts';
export type { InstallValues } from './values.ts';
