import * as z from 'zod';
import { described, text } from '../schema/fields.ts';
import { withRules } from '../schema/rule.ts';
import { loginMethodRule } from './aistore-rules.ts';

const password = z.object({
  secret: described(
    z.object({
      name: described(text(253).min(1), 'Name of the Secret.'),
      namespace: described(text(63).min(1), 'Its namespace.'),
      userKey: described(text(253).default('SU-NAME'), 'Its key with the user.'),
      passKey: described(text(253).default('SU-PASS'), 'Its key with the password.'),
    }),
    'Secret with user and password.',
  ),
  loginConf: described(
    z
      .object({
        clientID: described(text().optional(), 'Client the password is for.'),
        endpoint: described(text().optional(), 'Path of the server that gives tokens, such as /token.'),
        scope: described(text().optional(), 'Scope that is asked for.'),
      })
      .optional(),
    'How to log in at an OAuth server. Left out, the server is AuthN.',
  ),
});

const exchange = z.object({
  endpoint: described(text().default('/token'), 'Path of the server that exchanges tokens.'),
  subjectTokenAudience: described(
    text().optional(),
    'Audience of the token of the operator. Left out it is that of the API server.',
  ),
});

const trust = z.object({
  caConfigMapRef: described(
    z
      .object({
        namespace: described(text(63).min(1), 'Its namespace.'),
        name: described(text(253).min(1), 'Name of the ConfigMap.'),
        key: described(text(253).min(1), 'Its key.'),
      })
      .optional(),
    'ConfigMap with the authorities that are trusted, as PEM.',
  ),
  insecureSkipVerify: described(z.boolean().optional(), 'Whether any certificate is taken.'),
});

/** `.spec` of an AIStoreAuthProfile. */
export const aistoreAuthProfileSpecSchema = withRules(
  z.object({
    serviceURL: described(
      text().min(1),
      'URL of the server, http or https with a host and without a path, such as https://ais-authn.ais:52001.',
    ),
    usernamePassword: described(password.optional(), 'Login by user and password.'),
    tokenExchange: described(
      exchange.optional(),
      'Login by the token of the account of the operator (RFC 8693).',
    ),
    tls: described(trust.optional(), 'Trust in the server.'),
  }),
  [loginMethodRule],
);
