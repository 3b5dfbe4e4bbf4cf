{{/* The host tree the agents look at: global.host.root, then host.root. */}}
{{- define "rackwright.hostRoot" -}}
{{- $global := default dict .Values.global -}}
{{- $host := default dict $global.host -}}
{{- default .Values.host.root $host.root -}}
{{- end -}}

{{/* A path below the host tree on the node. Takes a dict: root, path. */}}
{{- define "rackwright.hostPath" -}}
{{- $base := include "rackwright.hostRoot" .root | trimSuffix "/" -}}
{{- printf "%s%s" $base .path -}}
{{- end -}}
