import type { CallOptions } from './client.ts';
import { isAisError, malformed } from './error.ts';
import { isJsonObject, type JsonObject, type JsonValue, parseJson, writeJson } from './json.ts';
import type { Transport } from './transport.ts';

/** Buckets of the provider `ais` and their objects, as far as tests need them. Objects are held in memory. */
export class AisObjects {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** Creates a bucket; one that is there already is done. */
  async createBucket(bucket: string, call: CallOptions = {}): Promise<void> {
    const body = writeJson({ action: 'create-bck' });
    try {
      await this.#transport.send({ method: 'POST', path: bucketPath(bucket), body, ...call });
    } catch (error) {
      if (!isAisError(error, 'AlreadyExists')) throw error;
    }
  }

  async putObject(
    bucket: string,
    name: string,
    content: string | Buffer,
    call: CallOptions = {},
  ): Promise<void> {
    await this.#transport.send({
      ...{ method: 'PUT', path: objectPath(bucket, name), followsRedirects: true },
      ...{ body: content, contentType: 'application/octet-stream' },
      ...call,
    });
  }

  /** @throws AisError NotFound if the cluster has no such object */
  async getObject(bucket: string, name: string, call: CallOptions = {}): Promise<Buffer> {
    const wire = { method: 'GET', path: objectPath(bucket, name), followsRedirects: true } as const;
    return (await this.#transport.send({ ...wire, ...call })).body;
  }

  /** The names of all objects in a bucket, page by page as the cluster gives them. */
  async listObjects(bucket: string, call: CallOptions = {}): Promise<string[]> {
    const names: string[] = [];
    let more: JsonObject | undefined = {};
    while (more !== undefined) {
      const page = await this.#page(bucket, more, call);
      names.push(...page.names);
      more = page.more;
    }
    return names;
  }

  async #page(bucket: string, more: JsonObject, call: CallOptions): Promise<Page> {
    const wire = { method: 'GET', path: bucketPath(bucket) } as const;
    const body = writeJson({ action: 'list', value: { props: 'name', ...more } });
    const answer = await this.#transport.send({ ...wire, body, ...call });
    const page = readPage(answer.body.toString('utf8'));
    // A token that comes back would make the listing endless.
    const isStuck = page?.more !== undefined && page.more.continuation_token === more.continuation_token;
    if (page === undefined || isStuck)
      throw malformed(this.#transport.describe(wire), 'it is no list of objects');
    return page;
  }
}

/** Part of a listing, and what to ask for to get the rest. */
interface Page {
  readonly names: readonly string[];
  readonly more: JsonObject | undefined;
}

function readPage(text: string): Page | undefined {
  const page = tryParse(text);
  if (!isJsonObject(page)) return undefined;
  const { entries, continuation_token: token, uuid } = page;
  const list = Array.isArray(entries) ? (entries as readonly JsonValue[]) : [];
  const names = list.map((entry) => (isJsonObject(entry) ? entry.name : undefined));
  if (!names.every((name) => typeof name === 'string')) return undefined;
  return { names, more: token ? { uuid, continuation_token: token } : undefined };
}

function tryParse(text: string): JsonValue | undefined {
  try {
    return parseJson(text);
  } catch {
    return undefined;
  }
}

function bucketPath(bucket: string): string {
  return `/v1/buckets/${encodeURIComponent(bucket)}?provider=ais`;
}

function objectPath(bucket: string, name: string): string {
  const parts = [bucket, ...name.split('/')].map(encodeURIComponent);
  return `/v1/objects/${parts.join('/')}?provider=ais`;
}
