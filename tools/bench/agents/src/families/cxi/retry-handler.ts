import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { SimulatedHost } from '@rackwright/simulator';

/** Gives the host a cxi_rh that is only a shell script: it shall weigh nothing. */
export function writeRetryHandler(host: SimulatedHost): void {
  const program = host.root.path('/usr/bin/cxi_rh');
  mkdirSync(dirname(program), { recursive: true });
  writeFileSync(program, retryHandler(host.root.path('/sys/class/cxi')));
  chmodSync(program, 0o755);
}

/** Registers with its NIC, waits, and hands it back on SIGTERM. */
function retryHandler(classFolder: string): string {
  return `#!/bin/sh
for word; do case "$word" in --device=*) device="\${word#--device=}" ;; esac; done
eq="${classFolder}/$device/device/properties/pct_eq"
echo 5 >"$eq"
trap 'echo 0 >"$eq"; exit 0' TERM
while :; do sleep 3600 & wait $!; done
`;
}
