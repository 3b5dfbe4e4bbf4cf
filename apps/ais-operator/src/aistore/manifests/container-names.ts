/** Names of the containers, which dashboards and `kubectl logs -c` know. */
export const containerName = { init: 'populate-env', node: 'ais-node', logs: 'ais-logs' } as const;
