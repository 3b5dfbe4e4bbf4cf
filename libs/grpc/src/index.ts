export { callSignal } from './call-signal.ts';
export { type ConnectionLimits, defaultLimits, serverOptions } from './connections.ts';
export { type Endpoint, formatEndpoint, parseEndpoint } from './endpoint.ts';
export { GrpcServer } from './grpc-server.ts';
export { fromGrpcStatus, statusName, toGrpcStatus } from './grpc-status.ts';
export {
  type CallContext,
  type CallObserver,
  handlers,
  type Method,
  type Methods,
} from './handlers.ts';
export { type HandshakeSide, handshake } from './handshake.ts';
export { type HostAndPort, proxyFor } from './proxy.ts';
export { ServerPort, type ServerPortOptions } from './server-port.ts';
export { ServerSocket, type ServerSocketOptions } from './server-socket.ts';
export { MAX_SOCKET_PATH, socketPath, socketRoom } from './socket-path.ts';
export type { MutualTls, ServerTls, TlsIdentity } from './tls.ts';
export { callOnce, type TlsTarget, type UnaryCall, type UnaryMethod } from './unary.ts';
