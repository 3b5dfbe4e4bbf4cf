import { readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { stringify } from 'yaml';
import { objectsOf, type Release } from './render-fixture.ts';

const golden = new URL('testdata/admission-webhook.yaml', import.meta.url);

/** What differs between two sources of certificates is the whole point; the policies are compared with the webhook. */
const releases: Readonly<Record<string, Release>> = {
  'certificates of its own': { chart: 'admission-webhook' },
  'certificates of cert-manager': {
    chart: 'admission-webhook',
    values: { certificates: { source: 'cert-manager' }, networkPolicy: { enabled: true } },
  },
};

test('the chart makes what it always made (UPDATE_GOLDEN=1 writes it)', async () => {
  const texts: string[] = [];
  for (const [title, release] of Object.entries(releases)) {
    const objects = await objectsOf(release);
    texts.push(`# ${title}\n`, ...objects.map((object) => `---\n${stringify(object, { lineWidth: 0 })}`));
  }
  const text = texts.join('');
  if (process.env.UPDATE_GOLDEN === '1') writeFileSync(golden, text);
  expect(text).toBe(readFileSync(golden, 'utf8'));
}, 120_000);

test('the pods keep to the restricted profile, and the account may create nothing but questions about rights', async () => {
  const objects = await objectsOf({ chart: 'admission-webhook' });
  const deployment = objects.find(({ kind }) => kind === 'Deployment');
  expect(deployment?.spec).toMatchObject({
    replicas: 2,
    template: {
      spec: {
        securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
        containers: [
          {
            securityContext: {
              allowPrivilegeEscalation: false,
              readOnlyRootFilesystem: true,
              capabilities: { drop: ['ALL'] },
            },
          },
        ],
      },
    },
  });
  const roles = objects.filter(({ kind }) => kind === 'Role' || kind === 'ClusterRole');
  const rules = roles.flatMap((role) => role.rules as { resources: string[]; verbs: string[] }[]);
  const isQuestion = ({ resources }: { resources: string[] }): boolean =>
    resources.join() === 'subjectaccessreviews';
  const verbs = rules.filter((rule) => !isQuestion(rule)).flatMap((rule) => rule.verbs);
  expect([...new Set(verbs)].sort()).toEqual(['get', 'list', 'patch', 'update']);
  expect(rules.filter(isQuestion).map((rule) => rule.verbs)).toEqual([['create']]);
});

test('a Secret that is not named is asked for by the name of the value', async () => {
  const release = { chart: 'admission-webhook', values: { certificates: { source: 'secret' } } };
  await expect(objectsOf(release)).rejects.toThrow('certificates.secretName: give the name of the Secret');
});
