import { type CaseNamespace, pod, workload } from '../../case-namespace.ts';
import { expectEqual } from '../../expect.ts';

/** Puts numbered objects into a bucket, or reads all of them, and prints how many are as they were put. */
const program = `
const [verb, base, bucket, count] = process.argv.slice(1);
const text = (i) => 'object ' + i + ' of ' + bucket;
const url = (i) => base + '/v1/objects/' + bucket + '/o-' + i + '?provider=ais';
if (verb === 'put') {
  const made = await fetch(base + '/v1/buckets/' + bucket, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ action: 'create-bck' }) });
  if (!made.ok && made.status !== 409) throw new Error('bucket: ' + made.status + ' ' + await made.text());
}
let good = 0;
let next = 0;
async function work() {
  for (let i = next++; i < Number(count); i = next++) {
    const init = verb === 'put' ? { method: 'PUT', body: text(i) } : {};
    const answer = await fetch(url(i), init);
    const body = await answer.text();
    if (verb === 'put' ? answer.ok : body === text(i)) good++;
    else console.error('o-' + i + ': ' + answer.status + ' ' + body.slice(0, 200));
  }
}
await Promise.all(Array.from({ length: 8 }, work));
console.log(good);
`;

/** A pod from which a user of a cluster puts and reads objects. */
export class ObjectClient {
  readonly #namespace: CaseNamespace;
  readonly #base: string;
  readonly #pod: string;

  private constructor(namespace: CaseNamespace, base: string, podName: string) {
    this.#namespace = namespace;
    this.#base = base;
    this.#pod = podName;
  }

  /**
   * @param base URL of the cluster, inside of Kubernetes
   * @param where name of the pod, and the node it runs on; default anywhere
   */
  static async start(
    namespace: CaseNamespace,
    base: string,
    { name = 'object-client', node }: { readonly name?: string; readonly node?: string } = {},
  ): Promise<ObjectClient> {
    const container = workload([], { command: ['/bin/sleep', '3600'] });
    const placed = node === undefined ? {} : { nodeSelector: { 'kubernetes.io/hostname': node } };
    await namespace.apply(pod(name, { containers: [container], ...placed }));
    await namespace.untilReady(name);
    return new ObjectClient(namespace, base, name);
  }

  /** Puts `count` objects; throws if one is not taken. */
  async put(bucket: string, count: number): Promise<void> {
    expectEqual('objects put', await this.#run('put', bucket, count), count);
  }

  /** How many of `count` objects are as they were put. */
  read(bucket: string, count: number): Promise<number> {
    return this.#run('get', bucket, count);
  }

  async #run(verb: string, bucket: string, count: number): Promise<number> {
    const words = [
      '/usr/bin/node',
      '--input-type=module',
      '--eval',
      program,
      verb,
      this.#base,
      bucket,
      `${count}`,
    ];
    const { code, stdout, stderr } = await this.#namespace.kubectl('exec', this.#pod, '--', ...words);
    if (code !== 0) throw new Error(`${verb} of objects: ${stderr.trim()}`);
    return Number(stdout.trim());
  }
}
