{{/* Labels and annotations of what the prune job needs. */}}
{{- define "node-discovery.pruneMeta" -}}
labels:
  app.kubernetes.io/part-of: rackwright
annotations:
  helm.sh/hook: post-delete
  helm.sh/hook-weight: "-10"
  helm.sh/hook-delete-policy: before-hook-creation,hook-succeeded,hook-failed
{{- end -}}
