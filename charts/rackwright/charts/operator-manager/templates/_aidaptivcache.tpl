{{/* Flags of the controller aidaptivcache, as JSON. */}}
{{- define "operator-manager.args.aidaptivcache" -}}
{{- $args := list -}}
{{- range $app, $image := dict "ai100-device-plugin" .Values.agents.ai100DevicePlugin "nvme-exporter" .Values.agents.nvmeExporter -}}
{{- /* Values of an earlier release do not have it. */ -}}
{{- $whole := merge (default dict $image) (dict "repository" (printf "ghcr.io/rackwright/%s" $app)) -}}
{{- $args = append $args (printf "--%s-image=%s" $app (include "operator-manager.agentImage" (dict "root" $ "app" $app "image" $whole))) -}}
{{- end -}}
{{- range $flag, $suffix := dict "role" "ai100-device-plugin" "namespace-role" "ai100-device-plugin-namespace" -}}
{{- $args = append $args (printf "--ai100-device-plugin-%s=%s" $flag (include "rackwright.resourceName" (dict "root" $ "suffix" $suffix))) -}}
{{- end -}}
{{- toJson $args -}}
{{- end -}}
