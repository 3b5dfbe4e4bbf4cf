import type { Admission, Convertible } from '@rackwright/api';
import { rackwright } from '@rackwright/keys';
import { resourceName } from '@rackwright/kube';
import { Counter, Histogram, type Registry } from '@rackwright/service';
import type { Served } from '../served.ts';
import type { Finding, Verdict } from './verdict.ts';

/** What became of a request. */
export type ReviewResult = 'allowed' | 'denied' | 'malformed';

/** What became of objects that were to be converted. */
export type ConversionResult = 'converted' | 'failed';

const names = rackwright.admissionMetric;

/** Metrics of what was asked and answered; nothing of an object's contents gets into them. */
export class ReviewMetrics {
  readonly #reviews: Counter;
  readonly #findings: Counter;
  readonly #conversions: Counter;
  readonly #duration: Histogram;

  constructor(registry: Registry, { admissions, conversions }: Served) {
    const registers = [registry];
    this.#reviews = new Counter({
      name: names.reviews,
      help: 'Requests answered, by webhook and result: allowed, denied or malformed.',
      labelNames: ['webhook', 'result'],
      registers,
    });
    this.#findings = new Counter({
      name: names.findings,
      help: 'Rules that did not hold, by webhook, rule and result: denied, warned, or unknown where the cluster could not be asked.',
      labelNames: ['webhook', 'rule', 'result'],
      registers,
    });
    this.#conversions = new Counter({
      name: names.conversions,
      help: 'Objects read in another version of their API, by CRD and result: converted or failed.',
      labelNames: ['crd', 'result'],
      registers,
    });
    this.#duration = new Histogram({
      name: names.duration,
      help: 'Time to answer a request, by webhook.',
      labelNames: ['webhook'],
      buckets: [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 1, 5],
      registers,
    });
    for (const { validation } of admissions) this.#beginAtZero(validation);
    for (const kind of conversions)
      for (const result of ['converted', 'failed'] as const) this.converted(kind, result, 0);
  }

  /** A rule that never failed is seen as such. */
  #beginAtZero({ webhook, rules, warnings, ...validation }: Admission['validation']): void {
    for (const result of ['allowed', 'denied', 'malformed']) this.#reviews.inc({ webhook, result }, 0);
    const checks = [...validation.checks, ...(validation.lookups ?? [])];
    const denied = [...rules, ...checks.filter(({ action }) => action === 'deny')];
    const warned = [...warnings, ...checks.filter(({ action }) => action === 'warn')];
    for (const { name: rule } of denied) this.#findings.inc({ webhook, rule, result: 'denied' }, 0);
    for (const { name: rule } of warned) this.#findings.inc({ webhook, rule, result: 'warned' }, 0);
  }

  answered(webhook: string, result: ReviewResult, seconds: number): void {
    this.#reviews.inc({ webhook, result });
    this.#duration.observe({ webhook }, seconds);
  }

  converted(kind: Convertible, result: ConversionResult, objects = 1): void {
    this.#conversions.inc({ crd: resourceName(kind.resource), result }, objects);
  }

  evaluated(webhook: string, { denials, warnings, failures }: Verdict): void {
    this.#count(webhook, denials, 'denied');
    this.#count(webhook, warnings, 'warned');
    this.#count(webhook, failures, 'unknown');
  }

  #count(webhook: string, findings: readonly Finding[], result: string): void {
    for (const { rule } of findings) this.#findings.inc({ webhook, rule, result });
  }
}
