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

{{/*
Where the operator may run, and jobs and tests that stand in for it: on nodes it has
tainted, too. Where there are no others nobody would take the taints away.
*/}}
{{- define "operator-manager.placement" -}}
{{- $tolerations := default list .Values.tolerations -}}
{{- range uniq .Values.controllers -}}
{{- $controller := include "rackwright.controller" (dict "root" $ "name" .) | fromYaml -}}
{{- $tolerations = concat $tolerations (default list $controller.tolerations) -}}
{{- end -}}
{{- include "rackwright.placement" (dict "Chart" .Chart "Release" .Release "Values" .Values "tolerations" (uniq $tolerations)) -}}
{{- end -}}
