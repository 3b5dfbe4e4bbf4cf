{{/*
Where the pods of an app may run, and what their image is pulled with. Pods of
Helm hooks take it too: on a cluster where the app needs a toleration or a pull
secret, a hook without it waits until Helm gives up. Takes a chart's scope, and in it,
optional, tolerations in place of those of its values.
*/}}
{{- define "rackwright.placement" -}}
{{- $fields := dict
  "imagePullSecrets" (include "rackwright.imagePullSecrets" . | fromJsonArray)
  "priorityClassName" .Values.priorityClassName
  "nodeSelector" (include "rackwright.merged" (dict "own" .Values.nodeSelector "from" "nodeSelector" "labels" true) | fromYaml)
  "tolerations" (default .Values.tolerations .tolerations)
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
What keeps pods off nodes without a kubelet of their own (virtual, simulated), as
JSON: there is nothing to serve. Who names one of the labels in nodeSelector wants
them. The operator does the same (apps/operator-manager, virtual-nodes.ts).
*/}}
{{- define "rackwright.noVirtualNodes" -}}
{{- $selector := include "rackwright.merged" (dict "own" .Values.nodeSelector "from" "nodeSelector" "labels" true) | fromYaml -}}
{{- $expressions := list
  (dict "key" "type" "operator" "NotIn" "values" (list "virtual-kubelet" "kwok"))
  (dict "key" "virtual-kubelet.io/provider" "operator" "DoesNotExist")
  (dict "key" "eks.amazonaws.com/compute-type" "operator" "NotIn" "values" (list "fargate"))
  (dict "key" "liqo.io/type" "operator" "NotIn" "values" (list "virtual-node"))
-}}
{{- $wanted := list -}}
{{- range $expressions }}{{- if not (hasKey $selector .key) }}{{- $wanted = append $wanted . }}{{- end }}{{- end -}}
{{- toJson $wanted -}}
{{- end -}}

{{/*
The affinity of the values, as JSON, held to nodes that have a kubelet and one of
the images' architectures: on others a container ends at once with "exec format
error". Terms are alternatives, so each of them has to ask for it.
*/}}
{{- define "rackwright.affinity" -}}
{{- $affinity := deepCopy (default dict .Values.affinity) -}}
{{- $node := default dict $affinity.nodeAffinity -}}
{{- $required := default dict $node.requiredDuringSchedulingIgnoredDuringExecution -}}
{{- $wanted := include "rackwright.noVirtualNodes" . | fromJsonArray -}}
{{- with include "rackwright.architectures" . | fromJsonArray -}}
{{- $wanted = prepend $wanted (dict "key" "kubernetes.io/arch" "operator" "In" "values" .) -}}
{{- end -}}
{{- with $wanted -}}
{{- $terms := list -}}
{{- range default (list dict) $required.nodeSelectorTerms -}}
{{- $terms = append $terms (merge (dict "matchExpressions" (concat (default list .matchExpressions) $wanted)) .) -}}
{{- end -}}
{{- $_ := set $required "nodeSelectorTerms" $terms -}}
{{- $_ := set $node "requiredDuringSchedulingIgnoredDuringExecution" $required -}}
{{- $_ := set $affinity "nodeAffinity" $node -}}
{{- end -}}
{{- toJson $affinity -}}
{{- end -}}
