/** Fills our informer's cache and reports what it cost. */
import { cxiDevices } from '@rackwright/api';
import { Informer } from '@rackwright/controller';
import { silentLogger, systemClock } from '@rackwright/core';
import { fixedConnection, KubeClient } from '@rackwright/kube';
import { report } from './report.ts';

const started = performance.now();
const client = new KubeClient({
  connection: fixedConnection({ server: process.argv[2] ?? '' }),
  clock: systemClock,
  userAgent: 'bench',
});
const informer = new Informer({ client, type: cxiDevices, clock: systemClock, logger: silentLogger });
void informer.start(new AbortController().signal);
await informer.synced.until((synced) => synced);
await report(informer.size, performance.now() - started);
