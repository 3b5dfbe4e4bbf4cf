import type { CallOptions } from '@rackwright/kube';
import type { KeyPair } from '@rackwright/web';
import type { CertificateAction, CertificateSnapshot, CertificateTimes } from './plan.ts';

/** What there is of certificates. Authorities are PEM. */
export interface Supplies {
  readonly authority: string | undefined;
  readonly nextAuthority: string | undefined;
  readonly stored: KeyPair | undefined;
}

/** What a supply is asked to do; the rest is done by whoever asks. */
export type SupplyAction = Exclude<CertificateAction['action'], 'trust' | 'serve'>;

/** Where certificates come from. */
export interface CertificateSupply {
  /** @throws HwError FailedPrecondition when there is nothing that can be used, naming it */
  read(options: CallOptions): Promise<Supplies>;
  /** What is to be done next about what was read. */
  next(snapshot: CertificateSnapshot, times: CertificateTimes): CertificateAction | undefined;
  /** Does it to what was read last. @throws KubeError Conflict when somebody else was quicker */
  perform(action: SupplyAction, options: CallOptions): Promise<void>;
}
