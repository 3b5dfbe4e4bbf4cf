import { type Ai100Rule, isAi100, isFirmwareAllowed } from './ai100.ts';
import type { NvmeController, NvmeNamespace } from './controllers.ts';
import { unitIds } from './unit-ids.ts';

/** What of a firmware revision that is not allowed follows. */
export const firmwareChecks = ['Enforce', 'Warn', 'Skip'] as const;
export type FirmwareCheck = (typeof firmwareChecks)[number];

/** Which drives may become part of a cache. */
export interface SelectionRules {
  readonly rule: Ai100Rule;
  readonly firmwareCheck: FirmwareCheck;
  /** Revisions, or their beginnings. */
  readonly firmwareAllowed: readonly string[];
}

/** Why a drive is not eligible, one word. */
export type SelectionReason =
  | 'NotAi100'
  | 'NotPcie'
  | 'NoNamespace'
  | 'SerialDenied'
  | 'DuplicateSerial'
  | 'FirmwareMismatch';

/** One controller and what it is good for. */
export interface DriveSelection {
  readonly controller: NvmeController;
  /** The one that is used; further ones are left alone. */
  readonly namespace?: NvmeNamespace;
  /** What the kubelet calls it, if it becomes a unit. */
  readonly unitId: string;
  /** Matches the rule, whatever its firmware. */
  readonly isAi100: boolean;
  readonly firmwareCompliant: boolean;
  /** May become part of a cache. The safety gates of a disk come after this. */
  readonly eligible: boolean;
  readonly reason?: SelectionReason;
  /** One sentence for people; empty when there is nothing to say. */
  readonly message: string;
}

/** Says of every NVMe controller of a host whether it may become part of a cache. Pure. */
export function selectDrives(
  controllers: readonly NvmeController[],
  rules: SelectionRules,
): DriveSelection[] {
  const { ids } = unitIds(controllers);
  const serials = controllers.map(({ serial = '' }) => serial);
  return controllers.map((controller) => {
    const namespace = firstNamespace(controller);
    const firmwareCompliant = isFirmwareAllowed(controller.firmware, rules.firmwareAllowed);
    const isUnique = serials.filter((serial) => serial === (controller.serial ?? '')).length === 1;
    const refusal = refusalOf({ controller, namespace, isUnique, firmwareCompliant }, rules);
    const warning =
      rules.firmwareCheck === 'Warn' && !firmwareCompliant ? firmwareMessage(controller, rules) : '';
    return {
      controller,
      ...(namespace !== undefined && { namespace }),
      unitId: ids.get(controller.name) ?? controller.name,
      isAi100: isAi100(controller, rules.rule),
      firmwareCompliant,
      eligible: refusal === undefined,
      ...(refusal !== undefined && { reason: refusal.reason }),
      message: refusal?.message ?? warning,
    };
  });
}

interface Candidate {
  readonly controller: NvmeController;
  readonly namespace: NvmeNamespace | undefined;
  readonly isUnique: boolean;
  readonly firmwareCompliant: boolean;
}

function refusalOf(
  { controller, namespace, isUnique, firmwareCompliant }: Candidate,
  rules: SelectionRules,
): { readonly reason: SelectionReason; readonly message: string } | undefined {
  const { name, transport = 'unknown', model = 'unknown', serial = '' } = controller;
  if (transport !== 'pcie')
    return { reason: 'NotPcie', message: `${name} is connected by ${transport}, not by PCIe` };
  if (rules.rule.denySerials.includes(serial))
    return { reason: 'SerialDenied', message: `serial ${serial} is among the denied ones` };
  if (!isAi100(controller, rules.rule))
    return { reason: 'NotAi100', message: `model ${model} with these PCI ids is no AI100 by the rule` };
  if (namespace === undefined) return { reason: 'NoNamespace', message: `${name} has no namespace 1` };
  if (!isUnique || serial === '')
    return {
      reason: 'DuplicateSerial',
      message: serial === '' ? `${name} has no serial number` : `several drives have the serial ${serial}`,
    };
  if (rules.firmwareCheck === 'Enforce' && !firmwareCompliant)
    return { reason: 'FirmwareMismatch', message: firmwareMessage(controller, rules) };
  return undefined;
}

function firmwareMessage({ firmware }: NvmeController, { firmwareAllowed }: SelectionRules): string {
  const allowed = firmwareAllowed.join(', ');
  return firmware === undefined
    ? `the firmware revision cannot be read; allowed are ${allowed}`
    : `firmware ${firmware} is not allowed; allowed are ${allowed}`;
}

/** Namespace 1; the only one where none has a number. */
function firstNamespace({ namespaces }: NvmeController): NvmeNamespace | undefined {
  return namespaces.find(({ nsid }) => nsid === 1) ?? namespaces.find(({ nsid }) => nsid === undefined);
}
