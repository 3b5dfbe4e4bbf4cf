import { count, duration, flag, section, word, words } from './config-fields.ts';

const certificates = {
  server_crt: word('File of the certificate. Not together with spec.tls.'),
  server_key: word('File of its key. Not together with spec.tls.'),
  client_ca_tls: word('File of the authority of clients. Not together with spec.tls.'),
  client_auth_tls: count(
    'Whether clients show certificates: 0 never, 4 always and checked (Go tls.ClientAuthType).',
  ),
};

const http = section(
  {
    ...certificates,
    domain_tls: word('Name that the certificate must have.'),
    idle_conn_time: duration('Time after which an idle connection closes.'),
    backend_idle_conn_time: duration('The same of connections to backends.'),
    idle_conns_per_host: count('Idle connections to one host.'),
    idle_conns: count('Idle connections to all hosts.'),
    write_buffer_size: count('Buffer of a connection for writing, in bytes.'),
    read_buffer_size: count('Buffer of a connection for reading, in bytes.'),
    use_https: flag('Whether the cluster serves HTTPS. A change restarts all nodes, one after another.'),
    skip_verify: flag('Whether nodes take any certificate of each other.'),
    chunked_transfer: flag('Whether bodies are sent in chunks.'),
    pub: section(certificates, 'Other certificates for clients, where nodes have a network of their own.'),
  },
  'HTTP. Nodes read it when they start: a change restarts all of them, one after another.',
);

/** `net` of the configuration. */
export const networkSection = section(
  { http, use_ipv6: flag('Whether nodes use IPv6.') },
  'Network of the nodes.',
);

const keys = {
  ttl: duration('How long a key is good for.'),
  nonce_window: duration('How far clocks may be apart.'),
  rotation_grace: duration('How long the key before is taken.'),
};

/** `auth` of the configuration. */
export const securitySection = section(
  {
    enabled: flag(
      'Whether clients need a token; the name before AIStore 5.0. Left out it is true where spec.auth is set.',
    ),
    client_auth_required: flag('The same; the name since AIStore 5.0, which counts where both are set.'),
    signature: section(
      {
        key: word('Key that signed tokens. Everybody can read it here; better spec.authNSecretName.'),
        method: word('How tokens are signed: HMAC or RSA.'),
      },
      'What makes a token valid.',
    ),
    required_claims: section(
      { aud: words('Audiences, one of which a token must have.') },
      'What tokens must say.',
    ),
    oidc: section(
      {
        allowed_iss: words('URLs of the issuers whose tokens are taken.'),
        issuer_ca_bundle: word('File of the authorities of issuers; spec.issuerCAConfigMap sets it.'),
        jwks_cache: section(
          {
            min_rotation_refresh: duration('Shortest time between two looks for new keys.'),
            min_background_refresh: duration('The same of those nobody waits for.'),
          },
          'Keys of issuers.',
        ),
      },
      'Tokens of OpenID Connect.',
    ),
    cluster_key: section(
      { ...keys, enabled: flag('Whether nodes sign what they redirect.') },
      'Signatures between nodes; the name before AIStore 5.0.',
    ),
    intra_cluster: section(
      {
        ...keys,
        node_join_secret_path: word('File of the secret by which nodes join.'),
        request_auth: flag('Whether nodes sign what they redirect.'),
      },
      'Signatures between nodes; the name since AIStore 5.0.',
    ),
  },
  'Who may use the cluster.',
);
