import type { AgentDescriptor } from '@rackwright/manager';

/** The accounts of the agents that have rights at the API server: those whose use of them is audited. */
export function agentAccounts(
  agents: Readonly<Record<string, AgentDescriptor>>,
  accountOf: (component: string) => string,
): string[] {
  return Object.values(agents).flatMap(({ component, rights }) =>
    rights === undefined ? [] : [accountOf(component)],
  );
}
