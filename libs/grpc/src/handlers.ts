import type { handleUnaryCall, ServiceDefinition, UntypedServiceImplementation } from '@grpc/grpc-js';
import { HwError } from '@rackwright/core';
import { callSignal } from './call-signal.ts';
import { statusName, toGrpcStatus } from './grpc-status.ts';
import type { UnaryMethod } from './unary.ts';

/** What a method is told beside its request. */
export interface CallContext {
  /** Aborts when the caller gives up. */
  readonly signal: AbortSignal;
  /** The method's full name, for instance `/csi.v1.Node/NodeStageVolume`. */
  readonly method: string;
}

/** One RPC; it fails with an HwError, whose code becomes the gRPC status. */
export type Method<Q, R> = (request: Q, call: CallContext) => Promise<R>;

/** A service as a plain object. A method that is missing is answered with UNIMPLEMENTED. */
export type Methods<S> = {
  readonly [K in keyof S]?: S[K] extends UnaryMethod<infer Q, infer R> ? Method<Q, R> : never;
};

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
  methods: Methods<S>,
  observer: CallObserver,
): UntypedServiceImplementation {
  const entries = Object.entries(definition).map(([name, { path }]) => {
    const method = methods[name] as Method<object, object> | undefined;
    return [name, handler(path, method, observer)] as const;
  });
  return Object.fromEntries(entries);
}

function handler(
  path: string,
  method: Method<object, object> | undefined,
  observer: CallObserver,
): handleUnaryCall<object, object> {
  const answer = async (request: object, call: CallContext): Promise<object> => {
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
