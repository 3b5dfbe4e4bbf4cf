{{/*
Whether a chart that came to the umbrella after its first release is wanted there.
`helm upgrade --reuse-values` of an earlier release lacks its value `enabled`, and
Helm takes a condition without a value for true. Empty for no.
*/}}
{{- define "rackwright.wanted" -}}
{{- $inUmbrella := hasSuffix (printf "rackwright/charts/%s/templates" .Chart.Name) .Template.BasePath -}}
{{- if or .Values.enabled (not (or (hasKey .Values "enabled") $inUmbrella)) -}}
true
{{- end -}}
{{- end -}}
