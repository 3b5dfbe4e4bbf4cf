/**
 * The plainest device plugin: one grpc-js server with a fixed list and fixed
 * answers, which sends its other list when a file is touched. What it does not
 * do (look at hardware, check requests, notice a kubelet's restart) is what the
 * plugin's times are compared with.
 *
 * Arguments: <kubelet folder> <trigger file> <file with its list and answers as JSON>
 */
import { readFileSync, watch, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { credentials, Server, ServerCredentials } from '@grpc/grpc-js';
import { deviceplugin } from '@rackwright/kubelet';
import type { ReferenceShape } from './plugin-family.ts';

const [folder = '', trigger = '', shapeFile = ''] = process.argv.slice(2);
const endpoint = 'reference.sock';
const { devices, answers } = JSON.parse(readFileSync(shapeFile, 'utf8')) as ReferenceShape;
const unhealthy = devices.map((device, i) => ({ ...device, health: i === 0 ? 'Unhealthy' : device.health }));
const list = (healthy: boolean): deviceplugin.Device[] => [...(healthy ? devices : unhealthy)];

writeFileSync(trigger, '');
const service: deviceplugin.DevicePluginServer = {
  getDevicePluginOptions: (_call, done) =>
    done(null, { preStartRequired: false, getPreferredAllocationAvailable: false }),
  listAndWatch: (call) => {
    let healthy = true;
    call.write({ devices: list(healthy) });
    watch(trigger, () => {
      healthy = !healthy;
      call.write({ devices: list(healthy) });
    });
  },
  getPreferredAllocation: (_call, done) => done(null, { containerResponses: [] }),
  allocate: ({ request }, done) => {
    const count = request.containerRequests[0]?.devicesIds.length ?? 0;
    const answer = answers[count];
    done(null, { containerResponses: answer === undefined ? [] : [answer] });
  },
  preStartContainer: (_call, done) => done(null, {}),
};

const server = new Server();
server.addService(deviceplugin.DevicePluginService, service);
server.bindAsync(`unix:${join(folder, endpoint)}`, ServerCredentials.createInsecure(), (error) => {
  if (error !== null) throw error;
  const client = new deviceplugin.RegistrationClient(
    `unix:${join(folder, 'kubelet.sock')}`,
    credentials.createInsecure(),
  );
  const options = { preStartRequired: false, getPreferredAllocationAvailable: false };
  client.register(
    { version: 'v1beta1', endpoint, resourceName: 'example.com/reference', options },
    (failure) => {
      if (failure !== null) throw failure;
      client.close();
    },
  );
});
