{{/*
Where the pods of an app may run, and what their image is pulled with. Pods of
Helm hooks take it too: on a cluster where the app needs a toleration or a pull
secret, a hook without it waits until Helm gives up.
*/}}
{{- define "rackwright.placement" -}}
{{- $fields := dict
  "imagePullSecrets" (include "rackwright.imagePullSecrets" . | fromJsonArray)
  "priorityClassName" .Values.priorityClassName
  "nodeSelector" (include "rackwright.merged" (dict "own" .Values.nodeSelector "from" "nodeSelector" "labels" true) | fromYaml)
  "tolerations" .Values.tolerations
  "affinity" (include "rackwright.affinity" . | fromJson)
-}}
{{- range $name, $value := $fields }}
{{- with $value }}
{{ toYaml (dict $name .) }}
{{- end }}
{{- end }}
{{- end -}}

{{/* Architectures the images exist for, as JSON: the global ones, then the chart's own. */}}
{{- define "rackwright.architectures" -}}
{{- $global := default dict .Values.global -}}
{{- default (default list .Values.architectures) $global.architectures | uniq | toJson -}}
{{- end -}}

{{/*
The affinity of the values, as JSON, held to nodes of the images' architectures:
on others a container ends at once with "exec format error". Terms are
alternatives, so each of them has to ask for it.
*/}}
{{- define "rackwright.affinity" -}}
{{- $affinity := deepCopy (default dict .Values.affinity) -}}
{{- $node := default dict $affinity.nodeAffinity -}}
{{- $required := default dict $node.requiredDuringSchedulingIgnoredDuringExecution -}}
{{- with include "rackwright.architectures" . | fromJsonArray -}}
{{- $wanted := dict "key" "kubernetes.io/arch" "operator" "In" "values" . -}}
{{- $terms := list -}}
{{- range default (list dict) $required.nodeSelectorTerms -}}
{{- $terms = append $terms (merge (dict "matchExpressions" (append (default list .matchExpressions) $wanted)) .) -}}
{{- end -}}
{{- $_ := set $required "nodeSelectorTerms" $terms -}}
{{- $_ := set $node "requiredDuringSchedulingIgnoredDuringExecution" $required -}}
{{- $_ := set $affinity "nodeAffinity" $node -}}
{{- end -}}
{{- toJson $affinity -}}
{{- end -}}
