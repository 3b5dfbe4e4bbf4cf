{{/*
The chart's scope with what the older chart's values say in the values of this one, as JSON of
its values. Takes the chart's scope.
*/}}
{{- define "ais-operator.values" -}}
{{- $values := deepCopy .Values -}}
{{- $older := default dict .Values.controllerManager -}}
{{- $manager := default dict $older.manager -}}
{{- range list "nodeSelector" "tolerations" "topologySpreadConstraints" "podAnnotations" "podSecurityContext" -}}
{{- if get $older . -}}
{{- $_ := set $values . (get $older .) -}}
{{- end -}}
{{- end -}}
{{- if kindIs "float64" $older.replicas -}}
{{- $_ := set $values "replicaCount" $older.replicas -}}
{{- end -}}
{{- with $manager.containerSecurityContext -}}
{{- /* A root that cannot be written to is ours; it is kept unless something is said of it. */ -}}
{{- $_ := set $values "securityContext" (merge (deepCopy .) (dict "readOnlyRootFilesystem" true)) -}}
{{- end -}}
{{- with $manager.resources -}}
{{- $limits := default dict .limits -}}
{{- if not (and (eq (toString $limits.memory) "100Mi") (eq (toString $limits.cpu) "100m")) -}}
{{- $_ := set $values "resources" . -}}
{{- end -}}
{{- end -}}
{{- with default dict $manager.image -}}
{{- if and .repository (not (hasSuffix "aistorage/ais-operator" .repository)) -}}
{{- $_ := set $values "image" (merge (dict "repository" .repository "tag" (default "" .tag)) $values.image) -}}
{{- end -}}
{{- end -}}
{{- $skip := (default dict $manager.env).operatorSkipVerifyCrt -}}
{{- if has (toString $skip | lower) (list "true" "false") -}}
{{- $_ := set $values "skipVerify" (eq (toString $skip | lower) "true") -}}
{{- end -}}
{{- with .Values.kubernetesClusterDomain -}}
{{- $_ := set $values "clusterDomain" . -}}
{{- end -}}
{{- $args := list -}}
{{- range default list $manager.args -}}
{{- if not (regexMatch "^--?(webhook-cert-(path|name|key)|metrics-cert-path=/tmp/k8s-metrics-server/)" .) -}}
{{- $args = append $args . -}}
{{- end -}}
{{- end -}}
{{- $_ := set $values "olderArgs" $args -}}
{{- $metrics := merge (dict) (default dict $values.metrics) -}}
{{- range $args -}}
{{- $port := regexReplaceAll "^--?metrics-bind-address=.*:([0-9]+)$" . "${1}" -}}
{{- if ne $port . -}}{{- $_ := set $metrics "port" (int $port) -}}{{- end -}}
{{- $port = regexReplaceAll "^--?health-probe-bind-address=.*:([0-9]+)$" . "${1}" -}}
{{- if ne $port . -}}{{- $_ := set $values "healthPort" (int $port) -}}{{- end -}}
{{- if regexMatch "^--?metrics-bind-address=0$" . -}}{{- $_ := set $metrics "enabled" false -}}{{- end -}}
{{- end -}}
{{- /* Metrics of the older operator are secure unless a flag says otherwise. */ -}}
{{- if $manager.args -}}
{{- $_ := set $metrics "secure" (not (has "--metrics-secure=false" $manager.args)) -}}
{{- end -}}
{{- $_ := set $values "metrics" $metrics -}}
{{- toJson $values -}}
{{- end -}}

{{/* What helpers take of the chart's scope, with those values, as a dict in `scope` of the one given. */}}
{{- define "ais-operator.scope" -}}
{{- $_ := set . "scope" (dict "Chart" .root.Chart "Release" .root.Release "Template" .root.Template "Files" .root.Files "Values" (include "ais-operator.values" .root | fromJson)) -}}
{{- end -}}
