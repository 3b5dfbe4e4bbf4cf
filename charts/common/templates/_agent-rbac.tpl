{{/*
Role and binding of an agent in its own chart, with the rights that files/agent.yaml
names. Takes a dict: root, namespaced (whether it gets those in its namespace, too),
namespaceRules (optional, in place of those).
*/}}
{{- define "rackwright.agentRbac" -}}
{{- $root := .root -}}
{{- $rights := ($root.Files.Get "files/agent.yaml" | fromYaml).rights -}}
{{- $kinds := list (dict "role" "ClusterRole" "rules" $rights.cluster) -}}
{{- with default (ternary $rights.namespace list (default false .namespaced)) .namespaceRules -}}
{{- $kinds = append $kinds (dict "role" "Role" "namespace" $root.Release.Namespace "rules" .) -}}
{{- end -}}
{{- range $i, $kind := $kinds }}
{{- if $i }}
---
{{- end }}
apiVersion: rbac.authorization.k8s.io/v1
kind: {{ $kind.role }}
metadata:
  name: {{ include "rackwright.fullname" $root | quote }}
  {{- with $kind.namespace }}
  namespace: {{ . | quote }}
  {{- end }}
  labels:
    {{- include "rackwright.labels" $root | nindent 4 }}
rules:
  {{- $kind.rules | toYaml | nindent 2 }}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: {{ $kind.role }}Binding
metadata:
  name: {{ include "rackwright.fullname" $root | quote }}
  {{- with $kind.namespace }}
  namespace: {{ . | quote }}
  {{- end }}
  labels:
    {{- include "rackwright.labels" $root | nindent 4 }}
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: {{ $kind.role }}
  name: {{ include "rackwright.fullname" $root | quote }}
subjects:
  - kind: ServiceAccount
    name: {{ include "rackwright.serviceAccountName" $root | quote }}
    namespace: {{ $root.Release.Namespace | quote }}
{{- end }}
{{- end -}}
