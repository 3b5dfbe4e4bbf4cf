import { currentProcess, runService } from '@rackwright/service';
import { webhookService } from './service.ts';

process.exit(await runService(webhookService(process.env.RACKWRIGHT_VERSION ?? '0.0.0'), currentProcess()));
