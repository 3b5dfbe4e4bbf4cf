import { exitProcess, runService } from '@rackwright/service';
import { Exporter } from './exporter.ts';
import { options } from './options.ts';

// Each mount that hangs costs a thread of this pool; Node makes it when it is first used.
process.env.UV_THREADPOOL_SIZE ??= '8';

const exporter = new Exporter();
const code = await runService({
  name: 'nvme-exporter',
  version: process.env.RACKWRIGHT_VERSION ?? 'source',
  description: 'Health and use of NVMe drives and of caches on AI100 drives, for Prometheus and as JSON.',
  options,
  start: (context) => exporter.run(context),
});
exitProcess(code, exporter.stuckReads);
