import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Blobs, type Descriptor, mediaTypes } from '../oci/blobs.ts';

/** What a registry has. */
export interface RegistryContents {
  readonly blobs: Pick<Blobs, 'get'>;
  /** The manifest of an image, such as `aistorage/aisnode:v4.9`; undefined when there is none. */
  manifest(this: void, name: string): Descriptor | undefined;
}

/** A registry from which nodes pull images: the reading half of the OCI distribution specification, by HTTP. */
export class ImageRegistry implements AsyncDisposable {
  readonly #server: Server;

  private constructor(contents: RegistryContents) {
    this.#server = createServer((request, response) => answer(contents, request, response));
  }

  /** @param host address of this machine; the port is a free one */
  static async listen(host: string, contents: RegistryContents): Promise<ImageRegistry> {
    const registry = new ImageRegistry(contents);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    registry.#server.once('error', reject).listen(0, host, resolve);
    await promise;
    return registry;
  }

  get url(): string {
    const { address, port } = this.#server.address() as AddressInfo;
    return `http://${address}:${port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#server.close(() => resolve());
    this.#server.closeAllConnections();
    await promise;
  }
}

function answer(
  { blobs, manifest }: RegistryContents,
  { method, url = '/' }: IncomingMessage,
  response: ServerResponse,
): void {
  const { pathname } = new URL(url, 'http://registry');
  const [, name, kind, reference = ''] = /^\/v2\/(.+)\/(manifests|blobs)\/([^/]+)$/.exec(pathname) ?? [];
  const isTag = kind === 'manifests' && !reference.includes(':');
  const digest = isTag ? manifest(`${name}:${reference}`)?.digest : reference;
  const data = blobs.get(digest ?? '');
  if (digest === undefined || data === undefined) {
    // Clients ask for this first, to see whether there is a registry.
    const status = pathname === '/v2/' ? 200 : 404;
    const code = kind === 'blobs' ? 'BLOB_UNKNOWN' : 'MANIFEST_UNKNOWN';
    const errors = status === 200 ? {} : { errors: [{ code, message: `${pathname} is not here` }] };
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(errors));
    return;
  }
  response.writeHead(200, {
    'content-type': kind === 'manifests' ? mediaTypes.manifest : 'application/octet-stream',
    'content-length': data.length,
    'docker-content-digest': digest,
  });
  response.end(method === 'HEAD' ? undefined : data);
}

/**
 * The file that has containerd ask a registry for the images of all others (`hosts.toml` of the
 * folder `_default`).
 */
export function registryHosts(url: string): string {
  return `server = "${url}"

[host."${url}"]
  capabilities = ["pull", "resolve"]
`;
}
