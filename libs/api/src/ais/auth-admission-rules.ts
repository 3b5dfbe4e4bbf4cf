import type { AdmissionRule } from '../admission/admission.ts';
import { all, any, equals, matches, not, optional, present } from '../admission/condition.ts';
import { leaves } from './admission-places.ts';

const [hmac, rsa] = ['spec.hmacSecret.name', 'spec.rsaPassphraseSecret.name'];

const isNamed = (place: string) => all(present(place), not(equals(place, '')));

/** What an AIStoreAuth is refused for. */
export const aistoreAuthRules: readonly AdmissionRule[] = [
  {
    name: 'two-signatures',
    field: 'spec.rsaPassphraseSecret',
    message:
      'spec.rsaPassphraseSecret must be left out with spec.hmacSecret: tokens are signed by the key in the latter, and there are no RSA keys',
    holds: any(leaves([hmac, rsa]), not(all(isNamed(hmac), isNamed(rsa)))),
  },
];

/** What an AIStoreAuth is accepted with, but hardly meant to be. */
export const aistoreAuthWarnings: readonly AdmissionRule[] = [
  {
    name: 'plain-http',
    field: 'spec.tls',
    message: 'spec.tls is missing: passwords and tokens can be read on their way',
    holds: present('spec.tls'),
  },
];

const [login, exchange] = ['spec.usernamePassword.loginConf.endpoint', 'spec.tokenExchange.endpoint'];
/** A path and nothing else. */
const path = '^/([^/?#\\s][^?#\\s]*)?$';

const endpoint = (field: string, holds: AdmissionRule['holds']): AdmissionRule => ({
  name: 'endpoint',
  field,
  message: `${field} must be an absolute path such as /token, without scheme, host, query and fragment`,
  holds: any(leaves([field]), holds),
});

/** What an AIStoreAuthProfile is refused for. */
export const aistoreAuthProfileRules: readonly AdmissionRule[] = [
  {
    name: 'service-url',
    field: 'spec.serviceURL',
    message:
      'spec.serviceURL must be http:// or https:// and a host, with a port if need be, without path, query and fragment, such as https://ais-authn.ais:52001',
    holds: any(leaves(['spec.serviceURL']), matches('spec.serviceURL', '^https?://[^/?#@\\s]+/?$')),
  },
  endpoint(login, optional(login, any(equals(login, ''), matches(login, path)))),
  endpoint(exchange, optional(exchange, matches(exchange, path))),
];

const insecure = 'spec.tls.insecureSkipVerify';

/** What an AIStoreAuthProfile is accepted with, and somebody is warned of when it is new. */
export const aistoreAuthProfileWarnings: readonly AdmissionRule[] = [
  {
    name: 'plain-http',
    field: 'spec.serviceURL',
    message: 'spec.serviceURL is http: passwords and tokens can be read on their way; use https',
    holds: any(not(matches('spec.serviceURL', '^http://')), matches('before.spec.serviceURL', '^http://')),
  },
  {
    name: 'insecure',
    field: insecure,
    message: `${insecure} is true: whoever answers in place of the server gets passwords and tokens; use spec.tls.caConfigMapRef`,
    holds: any(not(equals(insecure, true)), equals(`before.${insecure}`, true)),
  },
];
