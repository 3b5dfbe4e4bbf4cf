import { createHash } from 'node:crypto';
import type { Clock, Logger } from '@rackwright/core';
import { errorMessage } from '@rackwright/core';
import type { KubeClient } from '@rackwright/kube';
import type { Routes } from './app.ts';

/** What an answer to a request for /metrics is. */
export type Access =
  | 'allowed'
  /** The API server does not know the token: 401. */
  | 'unknown'
  /** It knows the account, which may not get /metrics: 403. */
  | 'forbidden'
  /** The API server cannot be asked: 503. */
  | 'unanswered';

/** How long an answer of the API server is kept, in milliseconds. */
const keepMs = { allowed: 60_000, unknown: 10_000, forbidden: 10_000, unanswered: 0 } as const;
/** Tokens whose answers are kept at the same time. */
const maxKept = 64;
/** Longest token the API server is asked about, in characters. */
const maxTokenLength = 16_384;
const askTimeoutMs = 5000;

interface TokenReview {
  readonly status?: {
    readonly authenticated?: boolean;
    readonly user?: {
      readonly username?: string;
      readonly uid?: string;
      readonly groups?: readonly string[];
      readonly extra?: Readonly<Record<string, readonly string[]>>;
    };
  };
}

interface AccessReview {
  readonly status?: { readonly allowed?: boolean };
}

/**
 * Whether the bearer of a token may scrape: the API server says whose it is
 * (authentication.k8s.io/v1 TokenReview) and whether that account may `get` the
 * path /metrics (authorization.k8s.io/v1 SubjectAccessReview). Answers are kept
 * for a moment, so that scrapes do not become load.
 */
export class ScrapeAccess {
  readonly #client: Pick<KubeClient, 'request'>;
  readonly #clock: Clock;
  readonly #logger: Logger;
  /** By digest: tokens are not kept. */
  readonly #kept = new Map<string, { readonly access: Promise<Access>; until: number }>();

  constructor(options: {
    readonly client: Pick<KubeClient, 'request'>;
    readonly clock: Clock;
    readonly logger: Logger;
  }) {
    this.#client = options.client;
    this.#clock = options.clock;
    this.#logger = options.logger;
  }

  /** Requests with one token that come at the same time share one question. */
  of(token: string | undefined): Promise<Access> {
    if (token === undefined || token === '' || token.length > maxTokenLength)
      return Promise.resolve('unknown');
    const digest = createHash('sha256').update(token).digest('base64');
    const now = this.#clock.monotonic();
    const kept = this.#kept.get(digest);
    if (kept !== undefined && now < kept.until) return kept.access;
    const access = this.#ask(token);
    const entry = { access, until: now + askTimeoutMs * 2 };
    this.#kept.delete(digest);
    if (this.#kept.size >= maxKept) this.#kept.delete(this.#kept.keys().next().value ?? '');
    this.#kept.set(digest, entry);
    void access.then((answer) => {
      entry.until = this.#clock.monotonic() + keepMs[answer];
    });
    return access;
  }

  async #ask(token: string): Promise<Access> {
    try {
      const review = await this.#post<TokenReview>('authentication.k8s.io', 'TokenReview', { token });
      const { authenticated, user } = review.status ?? {};
      if (authenticated !== true || user === undefined) return 'unknown';
      const { username, uid, groups, extra } = user;
      const spec = {
        user: username,
        uid,
        groups,
        extra,
        nonResourceAttributes: { path: '/metrics', verb: 'get' },
      };
      const answer = await this.#post<AccessReview>('authorization.k8s.io', 'SubjectAccessReview', spec);
      return answer.status?.allowed === true ? 'allowed' : 'forbidden';
    } catch (error) {
      this.#logger.warn('the API server was not able to say who may scrape', { error: errorMessage(error) });
      return 'unanswered';
    }
  }

  #post<T>(group: string, kind: string, spec: object): Promise<T> {
    const body = { apiVersion: `${group}/v1`, kind, spec };
    return this.#client.request<T>('POST', `/apis/${group}/v1/${kind.toLowerCase()}s`, {
      body,
      timeoutMs: askTimeoutMs,
    });
  }
}

const replies: Readonly<Record<Exclude<Access, 'allowed'>, readonly [status: number, text: string]>> = {
  unknown: [401, 'send the token of an account of this cluster as a bearer token\n'],
  forbidden: [403, 'this account may not get /metrics; bind it to the ClusterRole for metrics readers\n'],
  unanswered: [503, 'the API server was not able to say who may scrape\n'],
};

/** Lets through to the routes after this who may scrape, and tells others why not. */
export function onlyScrapers(access: ScrapeAccess): Routes {
  return (app) => {
    app.use(async (request, response, next) => {
      const [, token] = /^Bearer (\S+)$/i.exec(request.headers.authorization ?? '') ?? [];
      const answer = await access.of(token);
      if (answer === 'allowed') {
        next();
        return;
      }
      const [status, text] = replies[answer];
      if (status === 401) response.setHeader('www-authenticate', 'Bearer');
      response.status(status).type('text/plain').end(text);
    });
  };
}
