import { describe, expect, test } from '@jest/globals';
import type { Admission, AdmissionCheck, AdmissionSubject } from '@rackwright/api';
import { admissions } from '@rackwright/api';
import type { KubeObject } from '@rackwright/kube';
import { evaluateAdmission } from './verdict.ts';

const [cxi] = admissions as readonly [Admission];
const silent = {
  some: () => Promise.resolve(false),
  get: () => Promise.resolve(undefined),
  mayAccess: () => Promise.resolve(false),
};
const context = { settings: {}, cluster: silent };

function object(spec: object, metadata: object = {}): KubeObject {
  return {
    apiVersion: 'cxi.hpe.com/v1',
    kind: 'CXIDriver',
    metadata: { name: 'cxi', ...metadata },
    ...{ spec },
  };
}

function created(spec: object): AdmissionSubject {
  return { operation: 'CREATE', name: 'cxi', object: object(spec), before: undefined };
}

function withCheck(action: AdmissionCheck['action'], failure: AdmissionCheck['failure']): Admission {
  const check: AdmissionCheck = { name: 'looked-up', field: 'spec.x', action, reads: [], failure };
  return { ...cxi, validation: { ...cxi.validation, checks: [check] } };
}

describe('a request', () => {
  test('is refused for all that is wrong at once, and warned of nothing then', async () => {
    const spec = { version: '', source: { type: 'rpm' }, devicePlugin: { sharedCapacity: 5000 } };
    const { denials, warnings } = await evaluateAdmission(cxi, created(spec), context);
    expect(denials.map(({ field }) => field)).toEqual(['spec.version', 'spec.source.type']);
    expect(warnings).toEqual([]);
  });

  test('that is refused anyway asks nothing of the cluster', async () => {
    const asked = withCheck('deny', () => Promise.reject(new Error('asked')));
    expect((await evaluateAdmission(asked, created({ version: '' }), context)).failures).toEqual([]);
  });

  test('is refused while the cluster cannot be asked what must be known', async () => {
    const away = withCheck('deny', () => Promise.reject(new Error('away')));
    const { denials, failures } = await evaluateAdmission(away, created({ version: '13.0.0' }), context);
    expect(denials[0]?.message).toBe('spec.x could not be checked against the cluster; try again');
    expect(failures[0]?.message).toBe('away');
  });

  test('is not warned of what is not known', async () => {
    const away = withCheck('warn', () => Promise.reject(new Error('away')));
    const verdict = await evaluateAdmission(away, created({ version: '13.0.0' }), context);
    expect(verdict).toMatchObject({ denials: [], warnings: [], failures: [{ rule: 'looked-up' }] });
  });

  test('about an object that is being deleted is never held up', async () => {
    const deletionTimestamp = '2026-01-01T00:00:00Z';
    const subject: AdmissionSubject = {
      operation: 'UPDATE',
      name: 'cxi',
      object: object({ version: '' }, { deletionTimestamp }),
      before: object({ version: '1' }, { deletionTimestamp, finalizers: ['cxi.hpe.com/finalizer'] }),
    };
    expect(await evaluateAdmission(cxi, subject, context)).toEqual({
      denials: [],
      warnings: [],
      failures: [],
    });
  });

  test('that leaves a wrong spec as it is may change labels', async () => {
    const before = object({ source: { type: 'rpm' }, version: '' });
    const after = object({ version: '', source: { type: 'rpm' } }, { labels: { a: 'b' } });
    const subject: AdmissionSubject = { operation: 'UPDATE', name: 'cxi', object: after, before };
    expect((await evaluateAdmission(cxi, subject, context)).denials).toEqual([]);
  });
});

test('every message fits what an API server shows of a warning, and names its field', () => {
  const { rules, warnings } = cxi.validation;
  for (const { message } of warnings) expect(message.length).toBeLessThanOrEqual(256);
  for (const { field, message } of [...rules, ...warnings]) expect(message).toContain(field);
});
