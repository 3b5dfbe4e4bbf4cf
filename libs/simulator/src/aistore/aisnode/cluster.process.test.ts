import { afterEach, describe, expect, test } from '@jest/globals';
import { LocalCluster } from '../testing/local-cluster.ts';

let cluster: LocalCluster;

afterEach(() => cluster[Symbol.asyncDispose]());

describe('the aisnode stand-in', () => {
  test('one proxy and one target form a cluster that keeps an object', async () => {
    cluster = await LocalCluster.started(1, 1);
    expect((await cluster.post('proxy-0', '/v1/buckets/b', { action: 'create-bck' })).status).toBe(200);
    expect((await cluster.put('proxy-0', '/v1/objects/b/folder/o?provider=ais', 'the bytes')).status).toBe(
      200,
    );
    expect(await cluster.get('proxy-0', '/v1/objects/b/folder/o?provider=ais')).toMatchObject({
      status: 200,
      text: 'the bytes',
    });
  });
});
