import { rmSync } from 'node:fs';
import { type Server, ServerCredentials } from '@grpc/grpc-js';

/** Serves on a unix socket as a Go program does: the file is removed, then bound. */
export async function serve(server: Server, path: string): Promise<void> {
  rmSync(path, { force: true });
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.bindAsync(`unix:${path}`, ServerCredentials.createInsecure(), (error) =>
    error === null ? resolve() : reject(error),
  );
  await promise;
}
