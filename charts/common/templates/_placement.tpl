{{/*
Where the pods of an app may run, and what their image is pulled with. Pods of
Helm hooks take it too: on a cluster where the app needs a toleration or a pull
secret, a hook without it waits until Helm gives up.
*/}}
{{- define "common.placement" -}}
{{- $fields := dict
  "imagePullSecrets" (include "common.imagePullSecrets" . | fromJsonArray)
  "priorityClassName" .Values.priorityClassName
  "nodeSelector" .Values.nodeSelector
  "tolerations" .Values.tolerations
  "affinity" .Values.affinity
-}}
{{- range $name, $value := $fields }}
{{- with $value }}
{{ toYaml (dict $name .) }}
{{- end }}
{{- end }}
{{- end -}}
