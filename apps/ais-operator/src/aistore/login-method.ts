import type { AIStoreAuthProfile, AIStoreSpec } from '@rackwright/api';
import { ais } from '@rackwright/keys';

/** A Secret or ConfigMap, by name. */
export interface NamedObject {
  readonly namespace: string;
  readonly name: string;
}

/** How the operator gets a token for one cluster, as `spec.auth` or its profile says. */
export interface LoginMethod {
  /** Where that is said, for messages. */
  readonly saidBy: string;
  readonly serviceUrl: string;
  readonly skipVerify: boolean;
  /** ConfigMap with the authorities that are trusted beside those of the system. */
  readonly ca?: NamedObject & { readonly key: string };
  readonly proof: PasswordProof | AccountProof;
}

/** A user and a password, at AuthN or, with a grant, at an OAuth server. */
export interface PasswordProof {
  readonly kind: 'password';
  readonly secret: NamedObject & { readonly userKey: string; readonly passKey: string };
  readonly grant?: {
    readonly endpoint: string;
    readonly clientId: string;
    readonly scope?: string | undefined;
  };
}

/** A token of the operator's own ServiceAccount, which is exchanged (RFC 8693). */
export interface AccountProof {
  readonly kind: 'account';
  readonly endpoint: string;
  /** Whom the cluster wants its tokens to be for. */
  readonly audiences: readonly string[];
  /** Whom the token of the account is for; the API server if left out. */
  readonly subjectAudience?: string | undefined;
}

/** Why there is no way to log in. */
export interface NoLogin {
  readonly problem: string;
}

/** Where AuthN is when nobody says otherwise (ais.md §2.14). */
const defaultServiceUrl = 'https://ais-authn.ais:52001';

/**
 * How the operator logs in at a cluster; undefined for one that asks for no token. A profile wins over
 * fields of the AIStore itself.
 *
 * @param profileOf the AIStoreAuthProfile of a name, if there is one
 */
export function loginMethod(
  spec: AIStoreSpec,
  namespace: string,
  profileOf: (name: string) => AIStoreAuthProfile | undefined,
): LoginMethod | NoLogin | undefined {
  const { auth } = spec;
  if (auth === undefined) return undefined;
  const audiences = spec.configToUpdate?.auth?.required_claims?.aud ?? [];
  if (auth.profileRef !== undefined) {
    const { name } = auth.profileRef;
    const profile = profileOf(name);
    return profile === undefined
      ? { problem: `there is no AIStoreAuthProfile ${name}` }
      : methodOfProfile(profile, audiences);
  }
  const password = auth.usernamePassword;
  if (password === undefined)
    return {
      problem:
        'spec.auth.tokenExchange is not carried out, for it would send tokens of the operator wherever an AIStore says: name an AIStoreAuthProfile in spec.auth.profileRef',
    };
  if (auth.tls?.caCertPath !== undefined)
    return {
      problem:
        'spec.auth.tls.caCertPath is not read: name an AIStoreAuthProfile with tls.caConfigMapRef in spec.auth.profileRef',
    };
  const { clientID, scope } = password.loginConf ?? {};
  return {
    ...{ saidBy: 'spec.auth', serviceUrl: auth.serviceURL || defaultServiceUrl },
    skipVerify: auth.tls?.insecureSkipVerify ?? false,
    proof: {
      kind: 'password',
      secret: {
        ...{ namespace: password.secretNamespace || namespace, name: password.secretName },
        ...{ userKey: ais.key.adminUser, passKey: ais.key.adminPassword },
      },
      ...(password.loginConf && { grant: { endpoint: '', clientId: clientID ?? '', scope } }),
    },
  };
}

function methodOfProfile(
  { metadata, spec }: AIStoreAuthProfile,
  audiences: readonly string[],
): LoginMethod | NoLogin {
  const { serviceURL: serviceUrl, usernamePassword: password, tokenExchange: exchange, tls } = spec;
  const saidBy = `AIStoreAuthProfile ${metadata?.name ?? ''}`;
  const proof = proofOf({ password, exchange }, audiences);
  if (proof === undefined) return { problem: `${saidBy} names no way to log in` };
  const ca = tls?.caConfigMapRef;
  return {
    ...{ saidBy, serviceUrl, proof, skipVerify: tls?.insecureSkipVerify ?? false },
    ...(ca === undefined ? {} : { ca }),
  };
}

function proofOf(
  {
    password,
    exchange,
  }: {
    readonly password: AIStoreAuthProfile['spec']['usernamePassword'];
    readonly exchange: AIStoreAuthProfile['spec']['tokenExchange'];
  },
  audiences: readonly string[],
): LoginMethod['proof'] | undefined {
  if (password !== undefined) {
    const { clientID: clientId = '', endpoint = '', scope } = password.loginConf ?? {};
    return {
      ...{ kind: 'password', secret: password.secret },
      ...(password.loginConf && { grant: { endpoint, clientId, scope } }),
    };
  }
  if (exchange === undefined) return undefined;
  const { endpoint, subjectTokenAudience: subjectAudience } = exchange;
  return { kind: 'account', endpoint, audiences, subjectAudience };
}
