{{/*
Image of an agent, in the version released with this chart unless a tag is set.
Takes a dict: root, app, image (a block of agents).
*/}}
{{- define "operator-manager.agentImage" -}}
{{- $versions := .root.Files.Get "files/agent-versions.yaml" | fromYaml -}}
{{- $version := required (printf "files/agent-versions.yaml has no %s" .app) (get $versions .app) -}}
{{- include "rackwright.image" (dict "root" .root "image" .image "version" $version) -}}
{{- end -}}

{{/* Labels and annotations of what the job after an uninstall needs. */}}
{{- define "operator-manager.removalMeta" -}}
labels:
  app.kubernetes.io/part-of: rackwright
annotations:
  helm.sh/hook: post-delete
  helm.sh/hook-weight: "-10"
  helm.sh/hook-delete-policy: before-hook-creation,hook-succeeded,hook-failed
{{- end -}}
