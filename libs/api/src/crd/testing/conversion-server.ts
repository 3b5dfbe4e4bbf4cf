import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import type { Clock } from '@rackwright/core';
import { Authority } from '@rackwright/testbed/without-nodes';
import { type AnyObject, type ConversionWebhook, type Convertible, convertObject } from '../conversion.ts';

/** What the API server asks a conversion webhook. */
interface Review {
  readonly request: {
    readonly uid: string;
    readonly desiredAPIVersion: string;
    readonly objects: AnyObject[];
  };
}

/** A server that converts objects of a kind, as the smallest webhook does. */
export interface ConversionServer extends AsyncDisposable {
  readonly webhook: ConversionWebhook;
}

export async function startConversionServer(kind: Convertible, clock: Clock): Promise<ConversionServer> {
  const authority = await Authority.create(clock);
  const pair = await authority.issue({ commonName: 'converter', hosts: ['127.0.0.1'] });
  const server = createServer(pair, async (request, response) => {
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify(answer(kind, (await json(request)) as Review)));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}/convert`;
  return {
    webhook: { caBundle: authority.cert, at: { url } },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

function answer(kind: Convertible, { request: { uid, desiredAPIVersion, objects } }: Review): object {
  const envelope = { apiVersion: 'apiextensions.k8s.io/v1', kind: 'ConversionReview' };
  try {
    const convertedObjects = objects.map((object) => convertObject(kind, object, desiredAPIVersion));
    return { ...envelope, response: { uid, convertedObjects, result: { status: 'Success' } } };
  } catch (error) {
    return {
      ...envelope,
      response: { uid, result: { status: 'Failure', message: (error as Error).message } },
    };
  }
}
