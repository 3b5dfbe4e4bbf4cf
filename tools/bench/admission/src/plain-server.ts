/** The plainest webhook: reads the review, allows it. Started as a process of its own with a folder of certificates. */
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';

const folder = process.argv[2] ?? '.';
const [cert, key] = ['tls.crt', 'tls.key'].map((name) => readFileSync(join(folder, name)));

const server = createServer({ cert, key }, (request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    const review = JSON.parse(Buffer.concat(chunks).toString('utf8')) as { request: { uid: string } };
    const answer = { uid: review.request.uid, allowed: true };
    response.setHeader('content-type', 'application/json');
    response.end(
      JSON.stringify({ apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', response: answer }),
    );
  });
});
server.listen(0, '127.0.0.1', () =>
  console.log(JSON.stringify({ server: 'webhook server', port: (server.address() as AddressInfo).port })),
);
process.on('SIGTERM', () => process.exit(0));
