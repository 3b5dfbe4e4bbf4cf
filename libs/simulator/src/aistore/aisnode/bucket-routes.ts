import { type Answer, ApiError, bodyOf, type Call, json, okay } from '../process/call.ts';
import { at, parseObject, textAt } from '../process/json.ts';
import type { NodeContext } from './node-context.ts';
import { noBucket } from './object-routes.ts';
import type { ObjectEntry, ObjectStore } from './objects.ts';
import type { Primary } from './primary.ts';
import { nodesOf } from './smap.ts';
import { answerMs } from './timings.ts';

const bucketName = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}$/;

/** Whether a request on buckets changes them, which only the primary does. */
export function changesBuckets({ method }: Call): boolean {
  return method === 'POST' || method === 'DELETE';
}

/** POST and DELETE /v1/buckets/<bucket>, at the primary. */
export async function changeBucket(primary: Primary, call: Call): Promise<Answer> {
  const [, , name = ''] = call.path;
  const action = textAt(bodyOf(call), 'action');
  if (!bucketName.test(name)) throw new ApiError(400, `bucket name ${JSON.stringify(name)} is invalid`);
  if (call.method === 'POST' && action === 'create-bck') await primary.createBucket(name);
  else if (call.method === 'DELETE' && action === 'destroy-bck') await primary.destroyBucket(name);
  else throw new ApiError(400, `unknown action ${JSON.stringify(action)}`);
  return okay;
}

/** HEAD and GET /v1/buckets[/<bucket>], at any proxy: what buckets there are, what is in one. */
export async function readBuckets(node: NodeContext, call: Call): Promise<Answer> {
  const { buckets } = node.state.current.bmd;
  const [, , name] = call.path;
  if (name === undefined) return json(buckets.map((one) => ({ name: one, provider: 'ais', namespace: {} })));
  if (!buckets.includes(name)) throw noBucket(name);
  if (call.method === 'HEAD') return { status: 200, headers: { 'ais-bucket-props': '{"provider":"ais"}' } };
  const { prefix } = listing(call);
  const entries = (await entriesOf(node, name)).filter((entry) => entry.name.startsWith(prefix));
  entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  const shown = entries.map((entry) => ({ name: entry.name, size: String(entry.size), flags: 0 }));
  return json({ uuid: '', continuation_token: '', entries: shown, flags: 0 });
}

/** The same at a target: what it holds itself, for a proxy. */
export async function ownEntries(objects: ObjectStore, call: Call): Promise<Answer> {
  return json({ entries: await objects.list(call.path[2] ?? '') });
}

/** What all targets hold; an object on its way is at two of them. */
async function entriesOf(node: NodeContext, bucket: string): Promise<ObjectEntry[]> {
  const { smap } = node.state;
  const targets = smap === undefined ? [] : nodesOf(smap, 'target');
  const found = new Map<string, ObjectEntry>();
  await Promise.all(
    targets.map(async ({ intra_control_net, daemon_id }) => {
      const url = `${intra_control_net.direct_url}/v1/buckets/${bucket}`;
      const body = await node.peers.ask(url, { method: 'GET', timeoutMs: answerMs });
      const entries = at(parseObject(body?.toString('utf8') ?? ''), 'entries');
      if (!Array.isArray(entries)) throw new ApiError(502, `t[${daemon_id}] did not list its objects`);
      for (const entry of entries) {
        const name = textAt(entry, 'name');
        found.set(name, { name, size: Number(at(entry, 'size')) });
      }
    }),
  );
  return [...found.values()];
}

function listing(call: Call): { readonly prefix: string } {
  const body = parseObject(call.body.toString('utf8'));
  return { prefix: textAt(at(body, 'value'), 'prefix') || (call.query.get('prefix') ?? '') };
}
