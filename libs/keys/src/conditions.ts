/** Reasons that libs/controller gives conditions when a controller has none of its own. */
export const conditionReason = {
  ready: 'Ready',
  deployed: 'Deployed',
  healthy: 'Healthy',
  reconciling: 'Reconciling',
  reconciled: 'Reconciled',
  retrying: 'Retrying',
  failed: 'Failed',
  progressing: 'Progressing',
  notStalled: 'NotStalled',
  stalled: 'Stalled',
} as const;
