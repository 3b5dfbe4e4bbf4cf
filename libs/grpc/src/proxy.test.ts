import { expect, test } from '@jest/globals';
import { proxyFor } from './proxy.ts';

const url = 'http://team:pod@10.1.2.3:3128';

test.each([
  ['d-controller', undefined],
  ['d-controller.team.svc', '.svc'],
  ['d-controller.team.svc', 'svc'],
  ['10.244.1.7', '10.244.0.0/16'],
  ['10.244.1.7', '10.244.1.7'],
  ['fd00:1::7', 'fd00:1::/64'],
  ['anything', 'a, *'],
])('%s is reached straight if NO_PROXY is %s, else through the proxy', (host, direct) => {
  const found = proxyFor({ host, port: 1 }, { HTTPS_PROXY: url, ...(direct && { NO_PROXY: direct }) });
  expect(found?.href).toBe(direct === undefined ? `${url}/` : undefined);
});

test.each([
  ['10.245.1.7', '10.244.0.0/16'],
  ['10.244.1.7', 'fd00::/8,10.244.1.8,10.0.0.0/64,10.0.0.0/x'],
  ['other-svc', '.svc,d-svc'],
])('%s goes through the proxy although NO_PROXY is %s', (host, direct) => {
  expect(proxyFor({ host, port: 1 }, { https_proxy: '10.1.2.3:3128', no_proxy: direct })?.port).toBe('3128');
});

test('a proxy that is no URL is refused', () => {
  expect(() => proxyFor({ host: 'a', port: 1 }, { HTTPS_PROXY: 'http://[' })).toThrow(
    /HTTPS_PROXY is no URL/,
  );
  expect(proxyFor({ host: 'a', port: 1 }, {})).toBeUndefined();
});
