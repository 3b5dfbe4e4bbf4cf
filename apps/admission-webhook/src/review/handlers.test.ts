import { request } from 'node:https';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Admission, admissions } from '@rackwright/api';
import { Lifetime, silentLogger, systemClock } from '@rackwright/core';
import { type KubeObject, resourceType } from '@rackwright/kube';
import { Registry } from '@rackwright/service';
import { fixedCertificate, HttpServer, jsonRoutes, loadIssuer, webApp } from '@rackwright/web';
import { boxConversion } from '../testing/boxes.ts';
import { reviewHandlers } from './handlers.ts';
import { ReviewMetrics } from './metrics.ts';

const { makeAuthority, makeCertificate } = await loadIssuer();

/** A kind of a family that is made up: it fills in a default. */
const madeUp: Admission = {
  resource: resourceType<KubeObject>({
    ...{ group: 'example.com', version: 'v1', plural: 'disks', kind: 'Disk', namespaced: true },
  }),
  versions: ['v1'],
  validation: {
    ...{ webhook: 'validate-disk.example.com', path: '/validate-disk', operations: ['CREATE'] },
    ...{ rules: [], warnings: [], checks: [] },
  },
  mutation: {
    ...{
      webhook: 'mutate-disk.example.com',
      path: '/mutate-disk',
      operations: ['CREATE'],
      failurePolicy: 'Fail',
    },
    mutate: ({ object }) => {
      const disk = object as KubeObject & { spec?: { size?: number } };
      if (disk.spec?.size === 0) throw new Error('spec.size must not be 0');
      return { ...disk, ...{ spec: { size: 1, ...disk.spec } } };
    },
  },
};

const emptyCluster = {
  some: () => Promise.resolve(false),
  get: () => Promise.resolve(undefined),
  mayAccess: () => Promise.resolve(false),
};
const registry = new Registry();
const lifetime = new Lifetime();
let port: number;
let ca: string;

beforeAll(async () => {
  const validity = { nowMs: systemClock.now(), lifetimeMs: 60_000 };
  const authority = await makeAuthority('test CA', validity);
  ca = authority.cert;
  const served = { admissions: [...admissions, madeUp], conversions: [boxConversion] };
  const handlers = reviewHandlers(served, {
    ...{ settings: {}, cluster: emptyCluster, clock: systemClock },
    ...{ metrics: new ReviewMetrics(registry, served), logger: silentLogger },
  });
  const server = new HttpServer({
    ...{
      name: 'webhooks',
      address: { host: '127.0.0.1', port: 0 },
      clock: systemClock,
      logger: silentLogger,
    },
    app: webApp(silentLogger, jsonRoutes(handlers, { clock: systemClock })),
    certificate: fixedCertificate(await makeCertificate(authority, ['localhost'], validity)),
  });
  lifetime.spawn('server', (signal) => server.start(signal));
  port = await server.port.until((bound) => bound !== 0);
});

afterAll(() => lifetime[Symbol.asyncDispose]());

interface Answer {
  readonly status: number | undefined;
  readonly text: string;
}

/** POSTs as an API server does: the certificate is checked against the authority. */
function post(path: string, body: string | Buffer): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const options = { host: '127.0.0.1', servername: 'localhost', ca, port, path, method: 'POST' };
  const sending = request({ ...options, headers: { 'content-type': 'application/json' } }, (response) => {
    let text = '';
    response.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
    });
    response.on('end', () => resolve({ status: response.statusCode, text }));
  });
  sending.on('error', reject);
  sending.end(body);
  return promise;
}

function review(object: object, group = 'cxi.hpe.com', plural = 'cxidrivers'): string {
  const resource = { group, version: 'v1', resource: plural };
  const request = { uid: 'u1', operation: 'CREATE', resource, name: 'a', object };
  return JSON.stringify({ apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', request });
}

const cxiPath = '/validate-cxi-hpe-com-v1-cxidriver';
const disk = (spec: object): string => review({ metadata: { name: 'a' }, spec }, 'example.com', 'disks');
const responseOf = ({ text }: Answer): Record<string, unknown> =>
  (JSON.parse(text) as { response: Record<string, unknown> }).response;

describe('over TLS', () => {
  test('an object is refused with each field that is wrong', async () => {
    const answer = await post(cxiPath, review({ metadata: { name: 'a' }, spec: { version: '' } }));
    expect(answer.status).toBe(200);
    expect(responseOf(answer)).toMatchObject({
      uid: 'u1',
      allowed: false,
      status: {
        code: 422,
        message: expect.stringMatching(/^validation failed: \[spec\.version must be/),
        details: { causes: [{ field: 'spec.version' }] },
      },
    });
  });

  test.each<[string, string | Buffer, number, string]>([
    ['no JSON', '{"kind":', 400, 'JSON'],
    ['nothing', '', 400, ''],
    ['bytes that are no text', Buffer.from([0xff, 0xfe, 0x00]), 400, ''],
    ['a list', '[]', 400, 'must be an AdmissionReview'],
    ['another kind', '{"kind":"Pod"}', 400, 'kind must be AdmissionReview'],
    [
      'another version',
      '{"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v2"}',
      400,
      'admission.k8s.io/v1',
    ],
    ['another resource', review({}, '', 'pods'), 400, 'cxidrivers.cxi.hpe.com'],
  ])('%s is answered with what is wrong', async (_, body, status, text) => {
    const answer = await post(cxiPath, body);
    expect(answer.status).toBe(status);
    expect(answer.text).toContain(text);
  });

  test('a body beyond all objects is refused, and the next request answered', async () => {
    const huge = await post(cxiPath, Buffer.alloc(8 * 1024 * 1024, 0x20)).catch(() => ({ status: 413 }));
    expect(huge.status).toBe(413);
    expect((await post(cxiPath, review({ spec: { version: '1.0.0' } }))).status).toBe(200);
  });

  test('a default of a family comes as a patch', async () => {
    const answer = responseOf(await post('/mutate-disk', disk({ kind: 'fast' })));
    expect(answer).toMatchObject({ allowed: true, patchType: 'JSONPatch' });
    const patch = JSON.parse(Buffer.from(String(answer.patch), 'base64').toString('utf8')) as unknown;
    expect(patch).toEqual([{ op: 'add', path: '/spec/size', value: 1 }]);
  });

  test('an object that has the default is not changed, one that cannot get it is refused', async () => {
    expect(responseOf(await post('/mutate-disk', disk({ size: 2 })))).not.toHaveProperty('patch');
    expect(responseOf(await post('/mutate-disk', disk({ size: 0 })))).toMatchObject({
      allowed: false,
      status: { message: 'spec.size must not be 0' },
    });
  });

  test('objects come back in the version that was asked for', async () => {
    const [apiVersion, desiredAPIVersion] = ['boxes.example.com/v1alpha1', 'boxes.example.com/v1beta1'];
    const objects = [{ apiVersion, kind: 'Box', metadata: { name: 'a' }, spec: { size: '3B' } }];
    const request = { uid: 'u1', desiredAPIVersion, objects };
    const body = { apiVersion: 'apiextensions.k8s.io/v1', kind: 'ConversionReview', request };
    expect(responseOf(await post('/convert', JSON.stringify(body)))).toMatchObject({
      result: { status: 'Success' },
      convertedObjects: [{ apiVersion: desiredAPIVersion, metadata: { name: 'a' }, spec: { bytes: 3 } }],
    });
  });
});

test('what was no question is counted as such', async () => {
  const text = await registry.metrics();
  expect(text).toMatch(
    /admission_webhook_reviews_total\{webhook="validate-cxidriver.slingshot.hpe.com",result="malformed"\} [1-9]/,
  );
});
