import type { CallOptions } from '@rackwright/kube';

/** An object that tells API servers whom to ask and what to trust. */
export interface Registration {
  /** @throws HwError FailedPrecondition when it must be there and is not */
  read(options: CallOptions): Promise<RegistrationState>;
}

/** A registration at one moment. Changes are refused once it is another one. */
export interface RegistrationState {
  /** What each of its entries trusts, PEM; none while API servers are told to ask nobody. */
  readonly bundles: readonly string[];
  /** Entries are missing, or somebody changed them. */
  readonly isWrong: boolean;
  /** Another version of this app wrote it. */
  readonly isOfOtherVersion: boolean;
  /** Writes every entry. @throws KubeError Conflict when somebody else changed the object since */
  write(caBundle: string, options: CallOptions): Promise<void>;
  /** Changes what is trusted. @throws KubeError Conflict likewise */
  trust(caBundle: string, options: CallOptions): Promise<void>;
}

/** As `caBundle` fields have it. */
export function encodedBundle(pem: string): string {
  return Buffer.from(pem).toString('base64');
}

/** PEM of a `caBundle` field. */
export function decodedBundle(caBundle = ''): string {
  return Buffer.from(caBundle, 'base64').toString('utf8');
}
