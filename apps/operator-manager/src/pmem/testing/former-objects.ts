import { readFileSync } from 'node:fs';
import type { KubeObject } from '@rackwright/kube';
import { parseAllDocuments } from 'yaml';

/** What PMEM-CSI 1.1 left of its PmemCSIDeployment pmem-csi.intel.com, in the namespace pmem-csi. */
export function formerObjects(uid: string): KubeObject[] {
  return objectsIn('pmem-csi-1.1.yaml', uid);
}

/** What the first operator left of its Deployment pmem-deployment, in the namespace pmem-csi. */
export function firstOperatorObjects(uid: string): KubeObject[] {
  return objectsIn('first-operator.yaml', uid);
}

function objectsIn(file: string, uid: string): KubeObject[] {
  const text = readFileSync(new URL(`testdata/${file}`, import.meta.url), 'utf8');
  return parseAllDocuments(text.replaceAll('uid: UID', `uid: ${uid}`)).map(
    (document) => document.toJS() as KubeObject,
  );
}
