import type { Credentials } from '@rackwright/kube';

/** The text of a kubeconfig (JSON, which is YAML) with everything inline. */
export function formatKubeconfig(server: string, credentials: Credentials, namespace = 'default'): string {
  const name = 'rackwright';
  return `${JSON.stringify(
    {
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [{ name, cluster: { server, 'certificate-authority-data': base64(credentials.ca) } }],
      users: [
        {
          name,
          user: {
            'client-certificate-data': base64(credentials.cert),
            'client-key-data': base64(credentials.key),
            token: credentials.token,
          },
        },
      ],
      contexts: [{ name, context: { cluster: name, user: name, namespace } }],
      'current-context': name,
    },
    null,
    2,
  )}\n`;
}

function base64(text: string | undefined): string | undefined {
  return text === undefined ? undefined : Buffer.from(text).toString('base64');
}
