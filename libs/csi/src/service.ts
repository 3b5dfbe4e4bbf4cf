import type { CallContext, Method, Methods } from '@rackwright/grpc';
import type { ControllerService, IdentityService, NodeService } from './gen/csi/v1/csi.ts';

export type { CallContext as CsiCall, Method as CsiMethod, Methods as CsiMethods };

export type IdentityMethods = Methods<IdentityService>;
export type ControllerMethods = Methods<ControllerService>;
export type NodeMethods = Methods<NodeService>;
