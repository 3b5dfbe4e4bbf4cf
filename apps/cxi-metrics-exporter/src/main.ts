import { exitProcess, runService } from '@rackwright/service';
import { Exporter } from './exporter.ts';
import { options } from './options.ts';

// Each statistics mount that hangs costs a thread of this pool; Node makes it when it is first used.
process.env.UV_THREADPOOL_SIZE ??= '16';

const exporter = new Exporter();
const code = await runService({
  name: 'cxi-metrics-exporter',
  version: process.env.RACKWRIGHT_VERSION ?? 'source',
  description: 'Prometheus metrics of Slingshot NICs.',
  options,
  start: (context) => exporter.run(context),
});
exitProcess(code, exporter.stuckReads);
