export type { Credentials, KubeConnection } from './control-plane/connection.ts';
export {
  ControlPlane,
  type ControlPlaneComponent,
  type ControlPlaneOptions,
} from './control-plane/control-plane.ts';
export type { ProgramName } from './programs/catalogue.ts';
export { ProgramResolver, type ProgramResolverOptions } from './programs/resolver.ts';
