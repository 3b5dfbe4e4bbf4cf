import { systemClock } from '@rackwright/core';
import { type KubeObject, resources } from '@rackwright/kube';
import { Authority, httpGet } from '@rackwright/testbed';
import type { Case } from '../../case.ts';
import { CaseNamespace, pod, server, service } from '../../case-namespace.ts';
import { expectEqual, expectThat } from '../../expect.ts';
import { eventually } from '../../observe.ts';
import type { TestEnvironment } from '../../test-environment.ts';

/** A webhook of the Service `review` that is asked about ConfigMaps of one namespace. */
function webhook(namespace: string, caBundle: string): KubeObject {
  const rules = [{ apiGroups: [''], apiVersions: ['v1'], resources: ['configmaps'], operations: ['CREATE'] }];
  const one = {
    name: 'review.rackwright.io',
    clientConfig: { service: { namespace, name: 'review' }, caBundle },
    namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } },
    ...{
      rules,
      sideEffects: 'None',
      admissionReviewVersions: ['v1'],
      failurePolicy: 'Fail',
      timeoutSeconds: 5,
    },
  };
  const object = { webhooks: [one] };
  return {
    ...{ apiVersion: 'admissionregistration.k8s.io/v1', kind: 'ValidatingWebhookConfiguration' },
    metadata: { name: `review-${namespace}` },
    ...object,
  };
}

/** The server of the webhook, and the Secret with its certificate. */
function reviewer(
  namespace: string,
  { cert, key }: { readonly cert: string; readonly key: string },
): KubeObject[] {
  const secret = { type: 'kubernetes.io/tls', stringData: { 'tls.crt': cert, 'tls.key': key } };
  const volumeMounts = [{ name: 'cert', mountPath: '/cert', readOnly: true }];
  const words = ['review', '8443', '/cert/tls.crt', '/cert/tls.key', 'forbidden'];
  return [
    { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'cert', namespace }, ...secret },
    pod('review', {
      containers: [server(words, { volumeMounts })],
      volumes: [{ name: 'cert', secret: { secretName: 'cert' } }],
    }),
    service('review', 'review', { ports: [{ port: 443, targetPort: 'web' }] }),
  ];
}

/** What a port of a pod or Service answers through kubectl, asked one after the other and at once. */
async function forwarded(
  namespace: CaseNamespace,
  testEnv: TestEnvironment,
  words: readonly string[],
): Promise<string> {
  await using forwarding = await testEnv.kubectlInBackground(
    '--namespace',
    namespace.name,
    'port-forward',
    ...words,
  );
  const port = await eventually(testEnv, 'kubectl to listen', () => {
    return /127\.0\.0\.1:(\d+) ->/.exec(forwarding.output())?.[1];
  });
  const { clock } = testEnv;
  const ask = (): Promise<string> => httpGet({ host: '127.0.0.1', port: Number(port), path: '/', clock });
  const answers = [await ask(), ...(await Promise.all([ask(), ask()]))];
  expectEqual('answers through one kubectl port-forward', new Set(answers).size, 1);
  return answers[0] ?? '';
}

export const network: readonly Case[] = [
  {
    name: 'kubectl exec, logs and port-forward reach a pod through the API server',
    async run(testEnv, record) {
      await CaseNamespace.use(testEnv, 'kubectl', async (namespace) => {
        const containers = [server(['serve', '8080', 'from web'])];
        await namespace.apply(pod('web', { containers }), service('web', 'web'));
        await namespace.untilReady('web');
        const shell = ['exec', 'web', '--', '/bin/sh', '-c'];
        const good = await namespace.kubectl(...shell, 'echo out; echo err >&2');
        expectEqual('exec', { ...good }, { ...good, code: 0, stdout: 'out\n', stderr: 'err\n' });
        const bad = await namespace.kubectl(...shell, 'exit 7');
        record('exit code of a command that fails', bad.code);
        expectEqual('exit code', bad.code, 7);
        const words = ['--namespace', namespace.name, 'exec', '--stdin', 'web', '--', '/bin/cat'];
        const text = 'line\n'.repeat(20_000);
        const { stdout } = await testEnv.kubectlWithInput(text, ...words);
        expectEqual('bytes that came back from cat', stdout.length, text.length);
        const logs = await namespace.kubectl('logs', 'web');
        record('log', logs.stdout);
        expectEqual('log', logs.stdout, 'web listens on port 8080\n');
        for (const what of ['pod/web', 'service/web']) {
          const port = what === 'pod/web' ? '8080' : '80';
          expectEqual(what, await forwarded(namespace, testEnv, [what, `:${port}`]), 'from web\n');
        }
      });
    },
  },
  {
    name: 'a Service answers a pod by its name and by its address',
    async run(testEnv, record) {
      await CaseNamespace.use(testEnv, 'service', async (namespace) => {
        const containers = [server(['serve', '8080', 'from web'])];
        await namespace.apply(pod('web', { containers }), service('web', 'web'));
        const { status } = await namespace.untilReady('web');
        expectThat('the pod has a routable address', /^10\./.test(status?.podIP ?? ''), status);
        await namespace.untilEndpoint('web', status?.podIP);
        const key = { namespace: namespace.name, name: 'web' };
        const { spec } = await testEnv.kube.get(resources.services, key);
        const names = ['web', `web.${namespace.name}`, `web.${namespace.name}.svc`];
        const long = `web.${namespace.name}.svc.cluster.local`;
        for (const host of [...names, long, spec?.clusterIP, `${status?.podIP}:8080`]) {
          expectEqual(`http://${host}`, await namespace.fetch(`http://${host}/`), 'from web\n');
        }
        record('names that answer', names.length + 1);
        // Among them is the node the server is on.
        const answers = await Promise.all(
          testEnv.nodes.map(({ name }) => namespace.fetch(`http://${spec?.clusterIP}/`, name)),
        );
        record('answers from each node', answers);
        expectEqual('answers from each node', new Set(answers), new Set(['from web\n']));
      });
    },
  },
  {
    name: 'a name of a headless Service reaches the one pod it names',
    async run(testEnv, record) {
      await CaseNamespace.use(testEnv, 'headless', async (namespace) => {
        const pods = ['one', 'two'].map((name) => {
          const containers = [server(['serve', '8080', `from ${name}`])];
          const { metadata, ...rest } = pod(name, { hostname: name, subdomain: 'peers', containers });
          return { ...rest, metadata: { ...metadata, labels: { app: 'peers' } } };
        });
        await namespace.apply(...pods, service('peers', 'peers', { clusterIP: 'None' }));
        for (const name of ['one', 'two']) {
          const { status } = await namespace.untilReady(name);
          await namespace.untilEndpoint('peers', status?.podIP);
          const host = `${name}.peers.${namespace.name}.svc.cluster.local`;
          const answer = await namespace.fetch(`http://${host}:8080/`);
          record(name, answer);
          expectEqual(host, answer, `from ${name}\n`);
        }
        const short = await namespace.fetch('http://two.peers:8080/');
        expectEqual('two.peers', short, 'from two\n');
      });
    },
  },
  {
    name: 'a webhook refuses an object through its Service, and says which field',
    async run(testEnv, record) {
      await CaseNamespace.use(testEnv, 'webhook', async (namespace) => {
        const { name } = namespace;
        const authority = await Authority.create(systemClock);
        const hosts = [`review.${name}.svc`];
        const pair = await authority.issue({ commonName: 'review', hosts });
        await namespace.apply(...reviewer(name, pair));
        const { status } = await namespace.untilReady('review');
        await namespace.untilEndpoint('review', status?.podIP);
        await namespace.apply(webhook(name, Buffer.from(authority.cert).toString('base64')));
        try {
          const words = ['create', 'configmap', 'bad', '--from-literal=forbidden=1'];
          const message = await eventually(testEnv, 'the webhook to be asked', async () => {
            const { code, stderr } = await namespace.kubectl(...words, '--dry-run=server');
            return code === 0 ? undefined : stderr.trim();
          });
          record('what kubectl says', message);
          expectThat(
            'the message names the field',
            message.includes('data.forbidden: must not be set'),
            message,
          );
          const good = await namespace.kubectl('create', 'configmap', 'good', '--from-literal=a=1');
          expectEqual(`exit code for a good one: ${good.stderr}`, good.code, 0);
        } finally {
          await namespace.kubectl('delete', 'validatingwebhookconfiguration', `review-${name}`);
        }
      });
    },
  },
  {
    name: 'a Service of type LoadBalancer gets an address that answers, late too, and says why it gets none',
    async run(testEnv, record) {
      await CaseNamespace.use(testEnv, 'balancer', async (namespace) => {
        const addressOf = async (): Promise<string | undefined> => {
          const { status } = await testEnv.kube.get(resources.services, {
            namespace: namespace.name,
            name: 'web',
          });
          return status?.loadBalancer?.ingress?.[0]?.ip;
        };
        testEnv.loadBalancer.behave('refusing');
        try {
          const containers = [server(['serve', '8080', 'from outside'])];
          const balanced = service('web', 'web', { type: 'LoadBalancer' });
          await namespace.apply(pod('web', { containers }), balanced);
          const words = [
            '--field-selector=reason=SyncLoadBalancerFailed',
            '--output=jsonpath={.items[0].note}',
          ];
          const why = await eventually(testEnv, 'the event', async () => {
            const { stdout } = await namespace.kubectl('get', 'events.events.k8s.io', ...words);
            return stdout === '' ? undefined : stdout;
          });
          record('why it has no address', why);
          testEnv.loadBalancer.behave('late');
          const { status } = await namespace.untilReady('web');
          await namespace.untilEndpoint('web', status?.podIP);
          expectEqual('address while the load balancer is late', await addressOf(), undefined);
        } finally {
          testEnv.loadBalancer.behave('prompt');
        }
        const address = await eventually(testEnv, 'an address', addressOf);
        expectEqual(`http://${address}`, await namespace.fetch(`http://${address}/`), 'from outside\n');
      });
    },
  },
];
