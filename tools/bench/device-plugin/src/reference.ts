/**
 * The plainest device plugin: one grpc-js server with a fixed list and fixed
 * answers, which sends its other list when a file is touched. What it does not
 * do (look at hardware, check requests, notice a kubelet's restart) is what the
 * plugin's times are compared with.
 *
 * Arguments: <kubelet folder> <trigger file>
 */
import { watch, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { credentials, Server, ServerCredentials } from '@grpc/grpc-js';
import { deviceplugin } from '@rackwright/kubelet';
import { nics, slotsPerNic } from './shape.ts';

const [folder = '', trigger = ''] = process.argv.slice(2);
const endpoint = 'reference.sock';

const names = Array.from({ length: nics }, (_, i) => `cxi${i}`);
const list = (healthy: boolean): deviceplugin.Device[] =>
  names.flatMap((name, i) =>
    Array.from({ length: slotsPerNic }, (_, slot) => ({
      ID: `${name}::${slot}`,
      health: i === 0 && !healthy ? 'Unhealthy' : 'Healthy',
      topology: { nodes: [{ ID: i % 4 }] },
    })),
  );
const answers = new Map<number, deviceplugin.AllocateResponse>();

function answer(count: number): deviceplugin.AllocateResponse {
  const used = names.slice(0, count);
  return {
    containerResponses: [
      {
        envs: {
          CXI_DEVICE_COUNT: String(used.length),
          CXI_DEVICES: used.join(),
          FI_CXI_DEVICE_NAME: used.join(),
        },
        mounts: [],
        devices: used.map((name) => ({
          containerPath: `/dev/${name}`,
          hostPath: `/dev/${name}`,
          permissions: 'rw',
        })),
        annotations: {},
        cdiDevices: [],
      },
    ],
  };
}

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
    const response = answers.get(count) ?? answer(count);
    answers.set(count, response);
    done(null, response);
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
