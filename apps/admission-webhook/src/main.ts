import { admissions, conversions } from '@rackwright/api';
import { currentProcess, runService } from '@rackwright/service';
import { webhookService } from './service.ts';

const service = webhookService(process.env.RACKWRIGHT_VERSION ?? '0.0.0', { admissions, conversions });
process.exit(await runService(service, currentProcess()));
