import { afterEach, expect, test } from '@jest/globals';
import { rackwright } from '@rackwright/keys';
import { PluginRun } from './testing/plugin-run.ts';

const resource = 'phison.com/ai100';

let run: PluginRun | undefined;
afterEach(async () => {
  await run?.[Symbol.asyncDispose]();
  run = undefined;
});

const isHealthy = (devices: readonly { health: string }[]) =>
  devices.every(({ health }) => health === 'Healthy');

test('SIGHUP registers anew with what the configuration says then, and not with nonsense; SIGUSR1 looks at the node now', async () => {
  run = await PluginRun.start({
    host: { nvme: [{}, {}] },
    args: ['--health-poll=600s', '--discovery-interval=3600s'],
  });
  const { kubelet, metrics, host } = run;
  await kubelet.devices(resource, isHealthy);
  const first = await kubelet.plugin(resource);
  const changes = (): number =>
    host.commands.journal().filter(({ command }) => /mount|mkfs/.test(command)).length;
  const before = changes();
  run.signal('SIGHUP', ['--health-command-timeout=60s', '--health-poll=6s']);
  run.signal('SIGHUP', [
    '-p',
    '/cache',
    '--replicas-per-device=2',
    '--health-poll=600s',
    '--discovery-interval=3600s',
  ]);
  await kubelet.plugins.until((plugins) => plugins.get(resource) !== first);
  const devices = await kubelet.devices(resource, (list) => list.length === 4 && isHealthy(list));
  const { containerResponses } = await kubelet.allocate(resource, [devices[0]?.ID ?? '']);
  expect(containerResponses[0]).toMatchObject({
    mounts: [{ containerPath: '/cache' }],
    envs: { AI100_CACHE_PATH: '/cache' },
  });
  expect(changes()).toBe(before);
  expect(await metrics.metrics()).toContain(`${rackwright.devicePluginMetric.allocations}{`);
  host.hardware.nvme.unplug('nvme1');
  run.signal('SIGUSR1');
  await kubelet.devices(resource, (list) => list.every(({ health }) => health === 'Unhealthy'));
}, 90_000);
