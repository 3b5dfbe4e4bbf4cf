{{/* Name of the ClusterRole that driver agents are bound to. */}}
{{- define "operator-manager.driverAgentRole" -}}
{{- printf "%s-driver-agent" (include "common.fullname" .) | trunc 63 | trimSuffix "-" -}}
{{- end -}}
