import {
  type Admission,
  type AdmissionCheck,
  type AdmissionLookup,
  type AdmissionRule,
  type AdmissionSubject,
  type ClusterLookups,
  type ClusterView,
  evaluate,
  isAbout,
  needsReview,
  type RuleSettings,
} from '@rackwright/api';
import { errorMessage } from '@rackwright/core';

/** Something about an object that a rule or check did not like. */
export interface Finding {
  readonly rule: string;
  readonly field: string;
  readonly message: string;
}

/** What is thought of a request. Warnings are dropped where it is refused: they may be about the same mistake. */
export interface Verdict {
  readonly denials: readonly Finding[];
  readonly warnings: readonly Finding[];
  /** Checks that came to nothing, and why. */
  readonly failures: readonly Finding[];
}

/** What a verdict is found with. */
export interface VerdictContext {
  readonly settings: RuleSettings;
  readonly cluster: ClusterView & ClusterLookups;
}

const nothing: Verdict = { denials: [], warnings: [], failures: [] };

/** Evaluates a request by an admission's rules, and where those hold by its checks. */
export async function evaluateAdmission(
  { validation }: Admission,
  subject: AdmissionSubject,
  { settings, cluster }: VerdictContext,
): Promise<Verdict> {
  if (!needsReview(subject)) return nothing;
  const broken = (rules: readonly AdmissionRule[]): Finding[] =>
    rules
      .filter((rule) => isAbout(rule, subject.operation) && !evaluate(rule.holds, { ...subject, settings }))
      .map(({ name, field, message }) => ({ rule: name, field, message }));
  const denials = broken(validation.rules);
  // The cluster is not asked about an object that is refused anyway.
  if (denials.length > 0) return { ...nothing, denials };
  const checks = [...validation.checks, ...(validation.lookups ?? [])].filter((check) =>
    isAbout(check, subject.operation),
  );
  const checked = await Promise.all(checks.map((check) => ask(check, subject, cluster)));
  return joined([{ ...nothing, warnings: broken(validation.warnings) }, ...checked]);
}

function joined(verdicts: readonly Verdict[]): Verdict {
  const denials = verdicts.flatMap((verdict) => verdict.denials);
  return {
    denials,
    warnings: denials.length > 0 ? [] : verdicts.flatMap((verdict) => verdict.warnings),
    failures: verdicts.flatMap((verdict) => verdict.failures),
  };
}

async function ask(
  check: AdmissionCheck | AdmissionLookup,
  subject: AdmissionSubject,
  cluster: VerdictContext['cluster'],
): Promise<Verdict> {
  const found = (message: string): Finding => ({ rule: check.name, field: check.field, message });
  try {
    const message = await check.failure(subject, cluster);
    if (message === undefined) return nothing;
    return { ...nothing, [check.action === 'deny' ? 'denials' : 'warnings']: [found(message)] };
  } catch (error) {
    return unanswered(check, found(errorMessage(error)));
  }
}

/** Unknown is not allowed, but nobody is warned of what is not known. */
function unanswered({ action, field }: Pick<AdmissionCheck, 'action' | 'field'>, failure: Finding): Verdict {
  const message = `${field} could not be checked against the cluster; try again`;
  const denials = action === 'deny' ? [{ ...failure, message }] : [];
  return { ...nothing, denials, failures: [failure] };
}
