export { type CsiCallOptions, CsiClient, type CsiClientOptions } from './client.ts';
export * as csi from './gen/csi/v1/csi.ts';
export { withoutSecrets } from './log-fields.ts';
export { CsiServer, type CsiServerOptions } from './server.ts';
export type {
  ControllerMethods,
  CsiCall,
  CsiMethod,
  CsiMethods,
  IdentityMethods,
  NodeMethods,
} from './service.ts';
