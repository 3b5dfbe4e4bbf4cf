import type { handleUnaryCall, ServiceDefinition, UntypedServiceImplementation } from '@grpc/grpc-js';
import { HwError } from '@rackwright/core';
import { callSignal, statusName, toGrpcStatus, type UnaryMethod } from '@rackwright/grpc';
import type { ControllerService, IdentityService, NodeService } from './gen/csi/v1/csi.ts';

/** What a method is told beside its request. */
export interface CsiCall {
  /** Aborts when the caller gives up. */
  readonly signal: AbortSignal;
  /** The method's full name, for instance `/csi.v1.Node/NodeStageVolume`. */
  readonly method: string;
}

/** One RPC; it fails with an HwError, whose code becomes the gRPC status. */
export type CsiMethod<Q, R> = (request: Q, call: CsiCall) => Promise<R>;

/** A service as a plain object. A method that is missing is answered with UNIMPLEMENTED. */
export type CsiMethods<S> = {
  readonly [K in keyof S]?: S[K] extends UnaryMethod<infer Q, infer R> ? CsiMethod<Q, R> : never;
};

export type IdentityMethods = CsiMethods<IdentityService>;
export type ControllerMethods = CsiMethods<ControllerService>;
export type NodeMethods = CsiMethods<NodeService>;

/** Told of every call once it has ended. */
export interface CallObserver {
  /** @param error what the call failed with */
  ended(call: { method: string; request: object; code: string; seconds: number; error?: unknown }): void;
  /** Seconds from an arbitrary start. */
  now(): number;
}

/** What gRPC calls for each method of a service. */
export function handlers<S extends ServiceDefinition>(
  definition: S,
  methods: CsiMethods<S>,
  observer: CallObserver,
): UntypedServiceImplementation {
  const entries = Object.entries(definition).map(([name, { path }]) => {
    const method = methods[name] as CsiMethod<object, object> | undefined;
    return [name, handler(path, method, observer)] as const;
  });
  return Object.fromEntries(entries);
}

function handler(
  path: string,
  method: CsiMethod<object, object> | undefined,
  observer: CallObserver,
): handleUnaryCall<object, object> {
  const answer = async (request: object, call: CsiCall): Promise<object> => {
    if (method === undefined) throw new HwError('Unsupported', `${path} is not implemented`);
    return method(request, call);
  };
  return (call, done) => {
    const { request } = call;
    const start = observer.now();
    const ended = (code: string, error?: unknown): void =>
      observer.ended({ method: path, request, code, seconds: observer.now() - start, error });
    void answer(request, { signal: callSignal(call), method: path }).then(
      (response) => {
        ended('OK');
        done(null, response);
      },
      (error: unknown) => {
        const refusal = toGrpcStatus(error);
        ended(statusName(refusal.code), error);
        done(refusal);
      },
    );
  };
}
