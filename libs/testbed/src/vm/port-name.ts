/** The name of the port over which host and guest speak. */
export const agentPort = 'rackwright.agent';
