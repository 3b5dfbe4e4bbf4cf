{{/*
What comes with a controller, from files/controllers, with the names of this
release in it, as YAML. Takes a dict: root, name.
*/}}
{{- define "rackwright.controller" -}}
{{- $root := .root -}}
{{- $text := $root.Files.Get (printf "files/controllers/%s.yaml" .name) -}}
{{- range $suffix, $_ := ($text | fromYaml).agentRoles -}}
{{- $text = $text | replace (printf "__ROLE_%s__" $suffix) (include "rackwright.resourceName" (dict "root" $root "suffix" $suffix)) -}}
{{- end -}}
{{- $text | replace "__NAMESPACE__" $root.Release.Namespace -}}
{{- end -}}

{{/*
Rules of one kind of the controllers an operator runs, each once, as YAML. Takes a
dict: root, controllers (their names), key (clusterRules, namespaceRules, crdsRules,
editorRules, viewerRules).
*/}}
{{- define "rackwright.controllerRules" -}}
{{- $root := .root -}}
{{- $key := .key -}}
{{- $rules := list -}}
{{- range uniq .controllers -}}
{{- $rules = concat $rules (index (include "rackwright.controller" (dict "root" $root "name" .) | fromYaml) $key) -}}
{{- end -}}
{{- uniq $rules | toYaml -}}
{{- end -}}

{{/*
Where the operator may run, and jobs and tests that stand in for it: on nodes it has
tainted, too. Where there are no others nobody would take the taints away.
*/}}
{{- define "rackwright.operatorPlacement" -}}
{{- $tolerations := default list .Values.tolerations -}}
{{- range uniq .Values.controllers -}}
{{- $controller := include "rackwright.controller" (dict "root" $ "name" .) | fromYaml -}}
{{- $tolerations = concat $tolerations (default list $controller.tolerations) -}}
{{- end -}}
{{- include "rackwright.placement" (dict "Chart" .Chart "Release" .Release "Values" .Values "tolerations" (uniq $tolerations)) -}}
{{- end -}}
