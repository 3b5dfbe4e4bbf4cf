{{/* Name of the ClusterRole that driver agents are bound to. */}}
{{- define "operator-manager.driverAgentRole" -}}
{{- printf "%s-driver-agent" (include "common.fullname" .) | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{/*
Image of an agent, in the version released with this chart unless a tag is set.
Takes a dict: root, app, image (a block of agents).
*/}}
{{- define "operator-manager.agentImage" -}}
{{- $versions := .root.Files.Get "files/agent-versions.yaml" | fromYaml -}}
{{- $version := required (printf "files/agent-versions.yaml has no %s" .app) (get $versions .app) -}}
{{- include "common.image" (dict "root" .root "image" .image "version" $version) -}}
{{- end -}}
