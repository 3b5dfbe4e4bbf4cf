import { type Admission, type AdmissionMutation, needsReview } from '@rackwright/api';
import { type Clock, errorMessage, type Logger } from '@rackwright/core';
import type { JsonHandler, JsonReply } from '@rackwright/web';
import type { Served } from '../served.ts';
import { type ReviewAnswer, type ReviewRequest, readReview, writeReview } from './admission-review.ts';
import { conversionPath, convertReview } from './conversion-review.ts';
import type { ReviewMetrics } from './metrics.ts';
import { jsonPatch } from './patch.ts';
import { evaluateAdmission, type Finding, type Verdict, type VerdictContext } from './verdict.ts';

/** What answering takes. */
export interface ReviewContext extends VerdictContext {
  readonly metrics: ReviewMetrics;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Every path that is served, and what answers it. */
export function reviewHandlers(
  { admissions, conversions }: Served,
  context: ReviewContext,
): Readonly<Record<string, JsonHandler>> {
  const { metrics, logger } = context;
  return {
    ...Object.fromEntries(admissions.flatMap((admission) => handlersOf(admission, context))),
    [conversionPath]: (body) => convertReview(body, { kinds: conversions, metrics, logger }),
  };
}

function handlersOf(admission: Admission, context: ReviewContext): [string, JsonHandler][] {
  const { validation, mutation } = admission;
  const validate = (request: ReviewRequest) => validated(admission, request, context);
  const handlers: [string, JsonHandler][] = [
    [validation.path, reviewing(admission, validation.webhook, validate, context)],
  ];
  if (mutation !== undefined) {
    const mutate = async (request: ReviewRequest) => mutated(mutation, request);
    handlers.push([mutation.path, reviewing(admission, mutation.webhook, mutate, context)]);
  }
  return handlers;
}

/** Reads the question, has it answered and counts the answer. */
function reviewing(
  { resource }: Admission,
  webhook: string,
  answer: (request: ReviewRequest) => Promise<ReviewAnswer>,
  { metrics, clock, logger }: ReviewContext,
): JsonHandler {
  return async (body): Promise<JsonReply> => {
    const begun = clock.monotonic();
    const seconds = (): number => (clock.monotonic() - begun) / 1000;
    const request = readReview(body);
    if (!request.ok) {
      metrics.answered(webhook, 'malformed', seconds());
      logger.warn('not an admission review', { webhook, error: request.error.message });
      return { status: 400, body: { error: request.error.message } };
    }
    const { uid, resource: asked } = request.value;
    if (asked.group !== resource.group || asked.plural !== resource.plural) {
      metrics.answered(webhook, 'malformed', seconds());
      const message = `request.resource must be ${resource.plural}.${resource.group} on this path`;
      return { status: 400, body: { error: message } };
    }
    const reply = await answer(request.value);
    metrics.answered(webhook, reply.allowed ? 'allowed' : 'denied', seconds());
    return { body: writeReview(uid, reply) };
  };
}

async function validated(
  admission: Admission,
  { subject, namespace }: ReviewRequest,
  context: ReviewContext,
): Promise<ReviewAnswer> {
  const verdict = await evaluateAdmission(admission, subject, context);
  const { webhook } = admission.validation;
  context.metrics.evaluated(webhook, verdict);
  const about = { webhook, operation: subject.operation, namespace, name: subject.name };
  for (const { rule, message } of verdict.failures)
    context.logger.warn('the cluster could not be asked', { ...about, rule, error: message });
  if (verdict.denials.length > 0)
    context.logger.info('refused', { ...about, rules: verdict.denials.map(({ rule }) => rule) });
  return answerOf(verdict);
}

function answerOf({ denials, warnings }: Verdict): ReviewAnswer {
  if (denials.length > 0) return refusal(denials);
  return { allowed: true, ...(warnings.length === 0 ? {} : { warnings: warnings.map(texts) }) };
}

const texts = ({ message }: Finding): string => message;

/** In the words of the older operator. */
function refusal(denials: readonly Finding[]): ReviewAnswer {
  const message = `validation failed: [${denials.map(texts).join(', ')}]`;
  const causes = denials.map(({ field, message: why }) => ({ field, message: why }));
  return { allowed: false, status: { code: 422, reason: 'Invalid', message, details: { causes } } };
}

function mutated({ mutate }: AdmissionMutation, { subject }: ReviewRequest): ReviewAnswer {
  if (!needsReview(subject)) return { allowed: true };
  try {
    return { allowed: true, patch: jsonPatch(subject.object, mutate(subject)) };
  } catch (error) {
    const message = errorMessage(error);
    return { allowed: false, status: { code: 422, reason: 'Invalid', message } };
  }
}
