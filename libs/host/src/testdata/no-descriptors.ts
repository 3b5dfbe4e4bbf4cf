import { openSync } from 'node:fs';
import { HostFiles } from '../host-files.ts';
import { HostRoot } from '../host-root.ts';
import { ifReadable } from '../unreadable.ts';

/** Reads the host tree in the folder given while no file can be opened, and prints what comes of it. */
const [, , folder = ''] = process.argv;
const files = new HostFiles(new HostRoot(folder));
const before = files.list('/sys');
try {
  for (;;) openSync('/dev/null', 'r');
} catch {
  // That was the last one.
}

function told(look: () => unknown): unknown {
  let code: string | undefined;
  const value = ifReadable('', look, (failure) => {
    code = failure.code;
  });
  return code ?? value ?? 'absent';
}

const looks = {
  before,
  list: told(() => files.list('/sys')),
  text: told(() => files.readText('/sys/value')),
  link: told(() => files.readLink('/sys/link')),
  exists: told(() => files.exists('/sys/value')),
  missing: told(() => files.readText('/sys/missing')),
  missingFolder: told(() => files.list('/nowhere')),
};
process.stdout.write(JSON.stringify(looks));
