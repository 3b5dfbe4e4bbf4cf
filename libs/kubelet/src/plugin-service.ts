import type { handleUnaryCall } from '@grpc/grpc-js';
import { errorMessage, HwError, isHwError, type Logger } from '@rackwright/core';
import {
  type AllocateRequest,
  type AllocateResponse,
  type DevicePluginOptions,
  type DevicePluginServer,
  DevicePluginService,
  type PreferredAllocationRequest,
  type PreferredAllocationResponse,
  type PreStartContainerRequest,
  type PreStartContainerResponse,
} from './gen/deviceplugin/v1beta1/api.ts';
import { toGrpcStatus } from './grpc-status.ts';
import type { HardwareProfile, PreferenceRequest } from './hardware-profile.ts';
import type { ListCall, ListStreams } from './list-streams.ts';
import { encodeList, toAllocateResponse } from './messages.ts';
import type { PluginCall, PluginObserver } from './observer.ts';
import { checkAllocation, checkContainerCount, checkPreference, checkPrepare } from './request-check.ts';

/** What the kubelet is told the plugin can do, read off the profile's optional methods. */
export function pluginOptions(profile: HardwareProfile): DevicePluginOptions {
  return {
    preStartRequired: profile.prepare !== undefined,
    getPreferredAllocationAvailable: profile.prefer !== undefined,
  };
}

/** What the gRPC face of one resource is made of. */
export interface PluginServiceParts {
  readonly profile: HardwareProfile;
  readonly streams: ListStreams;
  readonly observer: PluginObserver;
  readonly logger: Logger;
}

/** The protocol; its one long message goes from the profile's list to bytes without the objects between. */
export const pluginProtocol = {
  ...DevicePluginService,
  listAndWatch: { ...DevicePluginService.listAndWatch, responseSerialize: encodeList },
} as const;

type Unary = 'getDevicePluginOptions' | 'getPreferredAllocation' | 'allocate' | 'preStartContainer';
type PluginHandlers = Pick<DevicePluginServer, Unary> & { listAndWatch: (call: ListCall) => void };

/** The gRPC face of one resource: checks each request and passes it to the profile. */
export function pluginService(parts: PluginServiceParts): PluginHandlers {
  const { profile, streams } = parts;
  return {
    getDevicePluginOptions: (_call, done) => done(null, pluginOptions(profile)),
    listAndWatch: (call) => streams.add(call),
    getPreferredAllocation: answer(parts, 'GetPreferredAllocation', prefer),
    allocate: answer(parts, 'Allocate', allocate),
    preStartContainer: answer(parts, 'PreStartContainer', prepare),
  };
}

/** Answers a call, or refuses it with a status, a log line and a count. */
function answer<Q, R>(
  parts: PluginServiceParts,
  call: PluginCall,
  work: (parts: PluginServiceParts, request: Q) => R | Promise<R>,
): handleUnaryCall<Q, R> {
  const { profile, observer, logger } = parts;
  const respond = async (request: Q): Promise<R> => work(parts, request);
  return ({ request }, done) =>
    void respond(request).then(
      (response) => done(null, response),
      (error: unknown) => {
        logger.warn('request refused', { resource: profile.resource, call, error: errorMessage(error) });
        observer.refused(profile.resource, call, isHwError(error) ? error.code : 'Internal');
        done(toGrpcStatus(error));
      },
    );
}

async function allocate(
  { profile, observer }: PluginServiceParts,
  request: AllocateRequest,
): Promise<AllocateResponse> {
  await profile.confirm?.();
  const containers = request.containerRequests.map((container) => container.devicesIds);
  checkAllocation(containers, profile.devices.value);
  const asking = containers.filter((ids) => ids.length > 0);
  const grants = asking.length === 0 ? [] : profile.allocate(asking);
  if (grants.length !== asking.length) {
    throw new HwError('Internal', `${grants.length} grants for ${asking.length} containers`);
  }
  observer.granted(profile.resource, asking.flat().length);
  const granted = grants.values();
  // A container that asks for nothing has its place in the answer too.
  const answers = containers.map((ids) => (ids.length === 0 ? {} : (granted.next().value ?? {})));
  return { containerResponses: answers.map(toAllocateResponse) };
}

function prefer(
  { profile }: PluginServiceParts,
  request: PreferredAllocationRequest,
): PreferredAllocationResponse {
  if (profile.prefer === undefined) throw unsupported(profile, 'preferred allocation');
  checkContainerCount(request.containerRequests.length);
  const questions = request.containerRequests.map((one) => checkPreference(one, profile.devices.value));
  const answer = (one: PreferenceRequest): readonly string[] =>
    one.size === 0 ? [] : (profile.prefer?.(one) ?? []);
  return { containerResponses: questions.map((one) => ({ deviceIDs: [...answer(one)] })) };
}

async function prepare(
  { profile }: PluginServiceParts,
  request: PreStartContainerRequest,
): Promise<PreStartContainerResponse> {
  if (profile.prepare === undefined) throw unsupported(profile, 'a call before container start');
  checkPrepare(request.devicesIds, profile.devices.value);
  if (request.devicesIds.length > 0) await profile.prepare(request.devicesIds);
  return {};
}

function unsupported(profile: HardwareProfile, what: string): HwError {
  return new HwError('Unsupported', `${profile.resource} does not offer ${what}`);
}
