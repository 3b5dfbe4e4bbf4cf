{{/*
The namespace of every object: global.namespace, which is the one of the release unless
createNamespace says that the chart makes it.
*/}}
{{- define "aidaptivcache.namespace" -}}
{{- $given := include "rackwright.text" (dict "value" (default "" (default dict .Values.global).namespace) "from" "global.namespace") -}}
{{- if or (not $given) (eq $given .Release.Namespace) -}}
{{- .Release.Namespace -}}
{{- else -}}
{{- if not (regexMatch "^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$" $given) -}}
{{- fail (printf "global.namespace: %q cannot be the name of a namespace" $given) -}}
{{- end -}}
{{- if not (or .Values.createNamespace (lookup "v1" "Namespace" "" $given)) -}}
{{- fail (printf "global.namespace: %q is not the namespace of the release, %q: install with --namespace %s, or set createNamespace" $given .Release.Namespace $given) -}}
{{- end -}}
{{- $given -}}
{{- end -}}
{{- end -}}

{{/*
What templates of another chart see as theirs, but for Files, Capabilities and Template, as
JSON. Takes a dict: root, chart (its name), values (over its own).
*/}}
{{- define "aidaptivcache.scope" -}}
{{- $part := get (.root.Files.Get "files/embedded.yaml" | fromYaml).charts .chart -}}
{{- $secrets := concat (default list (default dict .root.Values.global).imagePullSecrets) (default list .root.Values.imagePullSecrets) -}}
{{- with .root.Values.imagePullSecret -}}{{- $secrets = append $secrets . -}}{{- end -}}
{{- $global := merge (dict "imagePullSecrets" $secrets) (default dict .root.Values.global) -}}
{{- $values := include "aidaptivcache.over" (dict "under" $part.values "over" .values) | fromJson -}}
{{- dict
  "Values" (set $values "global" $global)
  "Chart" $part.chart
  "Release" (merge (dict "Namespace" (include "aidaptivcache.namespace" .root)) .root.Release)
  | toJson -}}
{{- end -}}

{{/* The operator: what our chart of it is given. */}}
{{- define "aidaptivcache.operatorScope" -}}
{{- $own := include "aidaptivcache.block" (dict "root" . "older" "phison_operator" "newer" "operator") | fromJson -}}
{{- $values := dict
  "controllers" (.Files.Get "files/embedded.yaml" | fromYaml).controllers
  "fullnameOverride" (include "rackwright.fullname" .)
  "serviceAccount" .Values.serviceAccount
  "handshake" (include "aidaptivcache.handshake" . | fromJson)
-}}
{{- include "aidaptivcache.scope" (dict "root" . "chart" "operator-manager" "values" (include "aidaptivcache.over" (dict "under" $values "over" $own) | fromJson)) -}}
{{- end -}}

{{/*
How the operator takes handshakes, as JSON: what service.ports and webhook.checkInterval
say, in the words of its chart.
*/}}
{{- define "aidaptivcache.handshake" -}}
{{- include "operator-manager.servicePorts" (dict "ports" .Values.service.ports "from" "service.ports") -}}
{{- $handshake := dict "checkInterval" .Values.webhook.checkInterval -}}
{{- $ports := list -}}
{{- range .Values.service.ports -}}
{{- $port := dict "name" .name "port" (int .port) -}}
{{- if eq .name "handshake" -}}
{{- if and .targetPort (not (kindIs "string" .targetPort)) -}}
{{- $_ := set $handshake "port" (int .targetPort) -}}
{{- else if not (has (default "handshake" .targetPort) (list "handshake")) -}}
{{- fail (printf "service.ports: the targetPort of handshake is a number or handshake, not %q" .targetPort) -}}
{{- end -}}
{{- else if .targetPort -}}
{{- $_ := set $port "targetPort" .targetPort -}}
{{- end -}}
{{- $ports = append $ports $port -}}
{{- end -}}
{{- set $handshake "servicePorts" $ports | toJson -}}
{{- end -}}

{{/* What labels the nodes: it looks for the same drives as the device plugin. */}}
{{- define "aidaptivcache.discoveryScope" -}}
{{- $own := include "aidaptivcache.block" (dict "root" . "older" "pnd" "newer" "nodeDiscovery") | fromJson -}}
{{- $spec := include "aidaptivcache.spec" . | fromJson -}}
{{- $ai100 := deepCopy (default dict $spec.discovery) -}}
{{- $_ := unset $ai100 "intervalSeconds" -}}
{{- $firmware := default dict $spec.firmware -}}
{{- with $firmware.check -}}{{- $_ := set $ai100 "firmwareCheck" . -}}{{- end -}}
{{- with $firmware.allowed -}}{{- $_ := set $ai100 "firmware" . -}}{{- end -}}
{{- $values := dict "enabled" true "ai100" $ai100 -}}
{{- $looks := default dict $spec.nodeDiscovery -}}
{{- with $looks.mode -}}{{- $_ := set $values "mode" . -}}{{- end -}}
{{- with $looks.intervalSeconds -}}{{- $_ := set $values "interval" (printf "%ds" (int .)) -}}{{- end -}}
{{- include "aidaptivcache.scope" (dict "root" . "chart" "node-discovery" "values" (include "aidaptivcache.over" (dict "under" $values "over" $own) | fromJson)) -}}
{{- end -}}

{{/* The manifests of another chart. Takes a dict: root, scope (JSON), chart, without (optional list of templates). */}}
{{- define "aidaptivcache.rendered" -}}
{{- $root := .root -}}
{{- $chart := .chart -}}
{{- $without := .without -}}
{{- $scope := merge (.scope | fromJson) (dict "Files" $root.Files "Capabilities" $root.Capabilities "Template" $root.Template) -}}
{{- $part := get ($root.Files.Get "files/embedded.yaml" | fromYaml).charts $chart -}}
{{- range $part.templates }}
{{- if not (has . (default list $without)) }}
---
{{ include (printf "%s.template.%s" $chart .) $scope }}
{{- end }}
{{- end -}}
{{- end -}}
