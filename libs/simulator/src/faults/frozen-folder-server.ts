/**
 * The server of a `FrozenFolder`: file descriptor 3 is /dev/fuse. Answers FUSE_INIT
 * (include/uapi/linux/fuse.h, fuse_in_header, fuse_out_header, fuse_init_out) and
 * reads all other requests without an answer.
 */
import { read, writeSync } from 'node:fs';
import { promisify } from 'node:util';

const device = 3;
const request = Buffer.alloc(256 * 1024);
const readDevice = promisify(read);

async function next(): Promise<void> {
  await readDevice(device, request, 0, request.length, null);
}

await next();
const reply = Buffer.alloc(16 + 64);
reply.writeUInt32LE(reply.length, 0);
// The request's number, at the same place of every request.
request.copy(reply, 8, 8, 16);
// Version 7.31.
reply.writeUInt32LE(7, 16);
reply.writeUInt32LE(31, 20);
// max_write
reply.writeUInt32LE(4096, 16 + 20);
writeSync(device, reply);
process.stdout.write('ready\n');
for (;;) await next();
