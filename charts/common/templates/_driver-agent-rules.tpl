{{/* What a driver-agent may do; the policy of common.nodeWritePolicy ties it to its own node. */}}
{{- define "common.driverAgentRules" -}}
- apiGroups: [""]
  resources: [nodes]
  verbs: [get, patch]
- apiGroups: [""]
  resources: [nodes/status]
  verbs: [patch]
- apiGroups: [cxi.hpe.com]
  resources: [cxidevices]
  verbs: [list, create, patch, delete]
- apiGroups: [cxi.hpe.com]
  resources: [cxidevices/status]
  verbs: [patch]
- apiGroups: [events.k8s.io]
  resources: [events]
  verbs: [create, patch]
{{- end -}}
