import type { RunOutcome } from '@rackwright/host';
import { type Container, type KubeObject, type Pod, type PodSpec, resources } from '@rackwright/kube';
import { expectEqual } from './expect.ts';
import { eventually } from './observe.ts';
import type { TestEnvironment } from './test-environment.ts';

let namespaces = 0;

/** A namespace of one case's own, and what a user does in it. */
export class CaseNamespace {
  readonly name: string;
  readonly #testEnv: TestEnvironment;
  readonly #clients = new Set<string>();

  private constructor(testEnv: TestEnvironment, name: string) {
    this.#testEnv = testEnv;
    this.name = name;
  }

  /** Makes a namespace, and has it deleted at the end; nobody waits for that. */
  static async use<T>(
    testEnv: TestEnvironment,
    prefix: string,
    work: (namespace: CaseNamespace) => Promise<T>,
  ): Promise<T> {
    const namespace = new CaseNamespace(testEnv, `${prefix}-${++namespaces}`);
    const { name } = namespace;
    await testEnv.kube.create(resources.namespaces, { metadata: { name } });
    try {
      await eventually(testEnv, `the ServiceAccount of namespace ${name}`, async () => {
        const { items } = await testEnv.kube.list(resources.serviceAccounts, { namespace: name });
        return items.length > 0;
      });
      return await work(namespace);
    } finally {
      await testEnv.kubectl('delete', 'namespace', name, '--wait=false');
    }
  }

  /** kubectl in this namespace. */
  kubectl(...words: string[]): Promise<RunOutcome> {
    return this.#testEnv.kubectl('--namespace', this.name, ...words);
  }

  /** Applies objects as a user with kubectl would. */
  async apply(...objects: readonly KubeObject[]): Promise<void> {
    const list = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects });
    const words = ['--namespace', this.name, 'apply', '--filename', '-'];
    const outcome = await this.#testEnv.kubectlWithInput(list, ...words);
    expectEqual(`exit code of kubectl apply: ${outcome.stderr}`, outcome.code, 0);
  }

  /** Waits until a pod is Ready, and returns it. */
  async untilReady(pod: string): Promise<Pod> {
    const outcome = await this.kubectl('wait', '--for=condition=Ready', `pod/${pod}`, '--timeout=60s');
    expectEqual(`exit code of kubectl wait: ${outcome.stderr}`, outcome.code, 0);
    return this.#testEnv.kube.get(resources.pods, { namespace: this.name, name: pod });
  }

  /** Waits until the EndpointSlices of a Service list this address as ready. */
  async untilEndpoint(service: string, address: string | undefined): Promise<void> {
    const labelSelector = `kubernetes.io/service-name=${service}`;
    await eventually(this.#testEnv, `${address} behind Service ${service}`, async () => {
      const { items } = await this.#testEnv.kube.list(resources.endpointSlices, {
        namespace: this.name,
        labelSelector,
      });
      return items
        .flatMap(({ endpoints }) => endpoints ?? [])
        .some(({ conditions, addresses }) => conditions?.ready && addresses[0] === address);
    });
  }

  /**
   * What a pod is answered that asks for a URL, once it is answered well.
   *
   * @param node where the pod runs; default anywhere
   */
  async fetch(url: string, node?: string): Promise<string> {
    const client = await this.#client(node);
    return eventually(this.#testEnv, `pod ${client} to fetch ${url}`, async () => {
      const { code, stdout, stderr } = await this.kubectl('exec', client, '--', ...program, 'fetch', url);
      if (code !== 0) throw new Error(stderr.trim());
      return stdout;
    });
  }

  /** A pod to send requests from. */
  async #client(node?: string): Promise<string> {
    const name = node === undefined ? 'client' : `client-${node}`;
    if (this.#clients.has(name)) return name;
    const container = workload([], { command: ['/bin/sleep', '3600'] });
    const placed = node === undefined ? {} : { nodeSelector: { 'kubernetes.io/hostname': node } };
    await this.apply(pod(name, { containers: [container], ...placed }));
    await this.untilReady(name);
    this.#clients.add(name);
    return name;
  }
}

const program = ['/usr/bin/node', '/app/main.ts'];

/** A container of the test workload: `serve PORT TEXT`, `fetch URL`, `review PORT CERT KEY FIELD`. */
export function workload(words: readonly string[], more: Partial<Container> = {}): Container {
  return {
    name: 'app',
    image: 'rackwright/workload:latest',
    // The environment brings it; nothing could be pulled.
    imagePullPolicy: 'IfNotPresent',
    command: [...program, ...words],
    ...more,
  };
}

/** A server that is ready once it listens. */
export function server(words: readonly string[], more: Partial<Container> = {}): Container {
  const port = Number(words[1]);
  return workload(words, {
    ports: [{ name: 'web', containerPort: port }],
    readinessProbe: { tcpSocket: { port }, periodSeconds: 1 },
    ...more,
  });
}

/** A Pod with the label `app: name`. */
export function pod(name: string, spec: PodSpec): KubeObject {
  const labels = { app: name };
  const object = { spec: { terminationGracePeriodSeconds: 1, ...spec } };
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name, labels }, ...object };
}

/** A Service with port 80 before port `web` of the pods with the label `app: app`. */
export function service(name: string, app: string, more: Readonly<Record<string, unknown>> = {}): KubeObject {
  const object = {
    spec: { selector: { app }, ports: [{ name: 'web', port: 80, targetPort: 'web' }], ...more },
  };
  return { apiVersion: 'v1', kind: 'Service', metadata: { name }, ...object };
}
