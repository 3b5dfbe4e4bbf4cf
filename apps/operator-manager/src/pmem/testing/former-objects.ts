import { readFileSync } from 'node:fs';
import type { KubeObject } from '@rackwright/kube';
import { parseAllDocuments } from 'yaml';

/** What PMEM-CSI 1.1 left of its PmemCSIDeployment pmem-csi.intel.com, in the namespace pmem-csi. */
export function formerObjects(uid: string): KubeObject[] {
  const text = readFileSync(new URL('testdata/pmem-csi-1.1.yaml', import.meta.url), 'utf8');
  return parseAllDocuments(text.replaceAll('uid: UID', `uid: ${uid}`)).map(
    (document) => document.toJS() as KubeObject,
  );
}
