import { HwError } from '@rackwright/core';

/** A failure that trying again cannot mend: the object must change first. */
export class TerminalError extends HwError {
  override readonly name = 'TerminalError';
}
