import { admissions, conversions } from '@rackwright/api';
import { currentProcess, runService } from '@rackwright/service';
import { webhookService } from '../service.ts';
import { boxAdmission, boxConversion } from './boxes.ts';

// admission-webhook as it is with one family more.
const service = webhookService('0.0.0', {
  admissions: [...admissions, boxAdmission],
  conversions: [...conversions, boxConversion],
});
process.exit(await runService(service, currentProcess()));
