import type { handleUnaryCall } from '@grpc/grpc-js';
import { errorMessage, HwError, isHwError, type Logger } from '@rackwright/core';
import { callSignal, toGrpcStatus } from '@rackwright/grpc';
import type { AllocateQueue } from './allocate-queue.ts';
import type * as api from './gen/deviceplugin/v1beta1/api.ts';
import {
  type AllocateRequest,
  type AllocateResponse,
  type DevicePluginOptions,
  type DevicePluginServer,
  DevicePluginService,
  type PreferredAllocationResponse,
  type PreStartContainerRequest,
  type PreStartContainerResponse,
} from './gen/deviceplugin/v1beta1/api.ts';
import type { HardwareProfile, PreferredAllocationRequest } from './hardware-profile.ts';
import type { ListCall, ListStreams } from './list-streams.ts';
import { encodeList, toAllocateResponse } from './messages.ts';
import type { PluginCall, PluginMetrics } from './metrics/plugin-metrics.ts';
import {
  checkAllocation,
  checkContainerCount,
  checkPreferredAllocation,
  checkPreStart,
} from './request-check.ts';

/** The options the kubelet is told; they follow from the profile's optional methods. */
export function pluginOptions(profile: HardwareProfile): DevicePluginOptions {
  return {
    preStartRequired: profile.preStartContainer !== undefined,
    getPreferredAllocationAvailable: profile.getPreferredAllocation !== undefined,
  };
}

/** What the gRPC service of one resource is made of. */
export interface PluginServiceParts {
  readonly profile: HardwareProfile;
  readonly streams: ListStreams;
  readonly metrics: PluginMetrics;
  /** Shared by all resources of the process. */
  readonly queue: AllocateQueue;
  readonly logger: Logger;
}

/** The protocol. Its one long message is encoded straight from the profile's list, without an object per id. */
export const pluginProtocol = {
  ...DevicePluginService,
  listAndWatch: { ...DevicePluginService.listAndWatch, responseSerialize: encodeList },
} as const;

/** Default time limit: the kubelet has none, and admits no other pod until it is answered. */
const ALLOCATE_TIMEOUT_MS = 30_000;

type Unary = 'getDevicePluginOptions' | 'getPreferredAllocation' | 'allocate' | 'preStartContainer';
type PluginHandlers = Pick<DevicePluginServer, Unary> & { listAndWatch: (call: ListCall) => void };

/** The gRPC service of one resource: checks each request and passes it to the profile. */
export function pluginService(parts: PluginServiceParts): PluginHandlers {
  const { profile, streams } = parts;
  return {
    getDevicePluginOptions: (_call, done) => done(null, pluginOptions(profile)),
    listAndWatch: (call) => streams.add(call),
    getPreferredAllocation: answer(parts, 'GetPreferredAllocation', getPreferredAllocation),
    allocate: answer(parts, 'Allocate', allocate),
    preStartContainer: answer(parts, 'PreStartContainer', preStartContainer),
  };
}

type Work<Q, R> = (parts: PluginServiceParts, request: Q, signal: AbortSignal) => R | Promise<R>;

/** Answers a call, or refuses it with a status, a log line and a count. */
function answer<Q, R>(parts: PluginServiceParts, name: PluginCall, work: Work<Q, R>): handleUnaryCall<Q, R> {
  const { profile, metrics, logger } = parts;
  const respond = async (request: Q, signal: AbortSignal): Promise<R> => work(parts, request, signal);
  return (call, done) =>
    void respond(call.request, callSignal(call, 'the kubelet')).then(
      (response) => done(null, response),
      (error: unknown) => {
        logger.warn('request refused', {
          resource: profile.resource,
          call: name,
          error: errorMessage(error),
        });
        metrics.refused(profile.resource, name, isHwError(error) ? error.code : 'Internal');
        done(toGrpcStatus(error));
      },
    );
}

function allocate(
  parts: PluginServiceParts,
  request: AllocateRequest,
  signal: AbortSignal,
): Promise<AllocateResponse> {
  const { resource, allocateTimeoutMs = ALLOCATE_TIMEOUT_MS } = parts.profile;
  return parts.queue.run({
    what: `allocating ${resource}`,
    timeoutMs: allocateTimeoutMs,
    signal,
    work: (limited) => allocateInTurn(parts, request, limited),
  });
}

async function allocateInTurn(
  { profile, metrics }: PluginServiceParts,
  request: AllocateRequest,
  signal: AbortSignal,
): Promise<AllocateResponse> {
  await profile.beforeAllocate?.(signal);
  signal.throwIfAborted();
  const containers = request.containerRequests.map((container) => container.devicesIds);
  checkAllocation(containers, profile.devices.value);
  const asking = containers.filter((ids) => ids.length > 0);
  const responses = asking.length === 0 ? [] : await profile.allocate(asking, signal);
  if (responses.length !== asking.length) {
    throw new HwError('Internal', `${responses.length} responses for ${asking.length} containers`);
  }
  // The deadline may have passed meanwhile: the kubelet has been told that the call failed.
  signal.throwIfAborted();
  metrics.allocated(profile.resource, asking.flat().length);
  const remaining = responses.values();
  // A container that asks for nothing has its place in the answer too.
  const answers = containers.map((ids) => (ids.length === 0 ? {} : (remaining.next().value ?? {})));
  return { containerResponses: answers.map(toAllocateResponse) };
}

function getPreferredAllocation(
  { profile }: PluginServiceParts,
  request: api.PreferredAllocationRequest,
): PreferredAllocationResponse {
  if (profile.getPreferredAllocation === undefined) throw unsupported(profile, 'preferred allocation');
  checkContainerCount(request.containerRequests.length);
  const questions = request.containerRequests.map((one) =>
    checkPreferredAllocation(one, profile.devices.value),
  );
  const preferred = (one: PreferredAllocationRequest): readonly string[] =>
    one.size === 0 ? [] : (profile.getPreferredAllocation?.(one) ?? []);
  return { containerResponses: questions.map((one) => ({ deviceIDs: [...preferred(one)] })) };
}

async function preStartContainer(
  { profile }: PluginServiceParts,
  request: PreStartContainerRequest,
  signal: AbortSignal,
): Promise<PreStartContainerResponse> {
  if (profile.preStartContainer === undefined) throw unsupported(profile, 'a call before container start');
  checkPreStart(request.devicesIds, profile.devices.value);
  if (request.devicesIds.length > 0) await profile.preStartContainer(request.devicesIds, signal);
  return {};
}

function unsupported(profile: HardwareProfile, what: string): HwError {
  return new HwError('Unsupported', `${profile.resource} does not offer ${what}`);
}
