{{/* Flags of the controller cxidriver, as JSON. */}}
{{- define "operator-manager.args.cxidriver" -}}
{{- $agents := .Values.agents -}}
{{- $images := dict
  "driver-agent" (include "operator-manager.agentImage" (dict "root" . "app" "driver-agent" "image" $agents.driverAgent))
  "device-plugin" (include "operator-manager.agentImage" (dict "root" . "app" "cxi-device-plugin" "image" $agents.devicePlugin))
  "retry-handler" (include "operator-manager.agentImage" (dict "root" . "app" "retry-handler" "image" $agents.retryHandler))
  "metrics-exporter" (include "operator-manager.agentImage" (dict "root" . "app" "cxi-metrics-exporter" "image" $agents.metricsExporter))
-}}
{{- $role := include "rackwright.resourceName" (dict "root" . "suffix" "driver-agent") -}}
{{- $args := list -}}
{{- range list "driver-agent" "device-plugin" "retry-handler" "metrics-exporter" -}}
{{- $args = append $args (printf "--%s-image=%s" . (get $images .)) -}}
{{- end -}}
{{- append $args (printf "--driver-agent-role=%s" $role) | toJson -}}
{{- end -}}

{{/* Ports of the operator's container for the controller cxidriver, as JSON: none. */}}
{{- define "operator-manager.ports.cxidriver" -}}
[]
{{- end -}}

{{/* Objects that come with the controller cxidriver: none. */}}
{{- define "operator-manager.objects.cxidriver" -}}
{{- end -}}
