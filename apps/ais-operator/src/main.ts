import { currentProcess, runService } from '@rackwright/service';
import { operatorService } from './operator.ts';

const version = process.env.RACKWRIGHT_VERSION ?? '0.0.0';

process.exit(await runService(operatorService(version), currentProcess()));
