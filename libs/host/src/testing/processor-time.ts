/** Processor milliseconds of this thread so far: waiting for other processes does not count. */
function processorMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}

/**
 * Whether something takes more than 100 ms of the processor, every one of three
 * times: once in a hundred thousand the engine compiles or collects garbage in
 * between.
 */
export function hangs(run: () => void): boolean {
  for (let attempt = 0; attempt < 3; attempt++) {
    const start = processorMs();
    run();
    if (processorMs() - start <= 100) return false;
  }
  return true;
}
