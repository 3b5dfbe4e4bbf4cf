/** A process for the guard's test to kill: has a guarded container, prints the pid of it, and stays. */
import { mkdir } from 'node:fs/promises';
import { ContainerProcess } from '../runtime/container-process.ts';
import { ProcessGuard } from '../runtime/process-guard.ts';

const [folder = ''] = process.argv.slice(2);
await mkdir(folder, { recursive: true });
const guard = await ProcessGuard.start([folder]);
const argv = ['/bin/sh', '-c', 'trap "" TERM INT HUP; sleep 1000 & echo $!; wait'];
const container = await ContainerProcess.start({ argv, env: { PATH: process.env.PATH ?? '' }, cwd: folder });
guard.add(container.pid);
container.stdout.on('data', (text) => process.stdout.write(`${container.pid} ${text}`));
await container.exited;
