import { errorMessage, type Logger } from '@rackwright/core';
import type { KubeClient } from '@rackwright/kube';
import type { JsonHandler, JsonReply } from '@rackwright/web';
import type { KnownExporters } from './known-exporters.ts';
import { type Handshake, readHandshake } from './message.ts';
import { callerOf, reviewToken, type TokenReview } from './token-review.ts';

/** What came of a handshake: the label `result` of the metric. */
export const results = [
  'accepted',
  'invalid',
  'unauthenticated',
  'forbidden',
  'wrong-node',
  'busy',
  'unanswered',
] as const;
export type HandshakeResult = (typeof results)[number];

const statusOf: Readonly<Record<HandshakeResult, number>> = {
  accepted: 200,
  invalid: 400,
  unauthenticated: 401,
  forbidden: 403,
  'wrong-node': 403,
  busy: 503,
  unanswered: 503,
};

/** Questions to the API server at the same time; strangers must not become its load. */
const maxReviews = 16;

export interface ReceptionOptions {
  readonly client: Pick<KubeClient, 'request'>;
  readonly exporters: KnownExporters;
  /** User name of the exporters' account. */
  readonly account: string;
  readonly count: (result: HandshakeResult) => void;
  readonly logger: Logger;
}

interface Answer {
  readonly result: HandshakeResult;
  readonly message: string;
}

/** Answers handshakes: who it is says the API server, and of which node. */
export function reception(options: ReceptionOptions): JsonHandler {
  let reviews = 0;
  const review = async (token: string, signal: AbortSignal): Promise<TokenReview> => {
    reviews += 1;
    try {
      return await reviewToken(options.client, token, signal);
    } finally {
      reviews -= 1;
    }
  };
  const answer: (...args: Parameters<JsonHandler>) => Promise<Answer> = async (body, request) => {
    const handshake = readHandshake(body);
    if (handshake === undefined)
      return { result: 'invalid', message: 'send node, version and inventoryDigest as texts' };
    const [, token] = /^Bearer (\S+)$/i.exec(request.authorization ?? '') ?? [];
    if (token === undefined) return { result: 'unauthenticated', message: 'send a bearer token' };
    if (reviews >= maxReviews) return { result: 'busy', message: 'too many at a time; come again' };
    try {
      return judge(await review(token, request.signal), handshake, options);
    } catch (error) {
      options.logger.warn('the API server was not able to say who makes a handshake', {
        error: errorMessage(error),
      });
      return { result: 'unanswered', message: 'the API server was not able to say whose token it is' };
    }
  };
  return async (body, request): Promise<JsonReply> => {
    const { result, message } = await answer(body, request);
    options.count(result);
    // One that does not lead tells nobody: the exporter comes again sooner.
    return { status: statusOf[result], body: { result, message, leads: options.exporters.isRead } };
  };
}

function judge(review: TokenReview, handshake: Handshake, options: ReceptionOptions): Answer {
  const caller = callerOf(review, options.account);
  if ('refusal' in caller) return { result: caller.refusal, message: caller.message };
  const { node, version, inventoryDigest } = handshake;
  if (caller.node !== node)
    return { result: 'wrong-node', message: `the token was issued for node ${caller.node}, not ${node}` };
  const before = options.exporters.note(handshake);
  if (before?.inventoryDigest !== inventoryDigest || before.version !== version)
    options.logger.info(before === undefined ? 'exporter reports' : 'exporter changed', { ...handshake });
  return { result: 'accepted', message: `known as the exporter of ${node}` };
}
