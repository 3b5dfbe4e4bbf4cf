import { readFile } from 'node:fs';
import { exitProcess } from '../exit-process.ts';

// Opening a FIFO that nobody writes to holds a thread as a dead mount does.
readFile(process.argv[2] ?? '', () => undefined);
// The thread has to be in the call, or leaving would not have to wait for it.
setTimeout(() => exitProcess(3, Number(process.argv[3])), 200);
