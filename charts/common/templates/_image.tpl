{{/*
Full image reference. Takes a dict: root (the chart's scope), image (repository,
tag, digest), optional version. A digest wins over a tag, the tag defaults to the
version, that to the chart's app's, and global.imageRegistry replaces the registry.
*/}}
{{- define "rackwright.image" -}}
{{- $global := default dict .root.Values.global -}}
{{- $repository := .image.repository -}}
{{- with $global.imageRegistry -}}
{{- $repository = printf "%s/%s" . (regexReplaceAll "^[^/]*[.:][^/]*/" $repository "") -}}
{{- end -}}
{{- if .image.digest -}}
{{- printf "%s@%s" $repository .image.digest -}}
{{- else -}}
{{- printf "%s:%s" $repository (coalesce .image.tag .version .root.Chart.AppVersion) -}}
{{- end -}}
{{- end -}}

{{/*
The pull secrets of every pod, as JSON: the global ones, then the chart's own,
each once. An entry is the name of a Secret, or an object with that name.
*/}}
{{- define "rackwright.imagePullSecrets" -}}
{{- $global := default dict .Values.global -}}
{{- $secrets := list -}}
{{- range concat (default list $global.imagePullSecrets) (default list .Values.imagePullSecrets) -}}
{{- $name := . -}}
{{- if kindIs "map" . -}}
{{- $name = get . "name" -}}
{{- end -}}
{{- if not (and (kindIs "string" $name) $name) -}}
{{- fail (printf "imagePullSecrets: %s is neither the name of a Secret nor an object with a name" (toJson .)) -}}
{{- end -}}
{{- $_ := include "rackwright.validName" (dict "name" $name "from" "imagePullSecrets" "given" $name) -}}
{{- $secrets = append $secrets (dict "name" $name) -}}
{{- end -}}
{{- uniq $secrets | toJson -}}
{{- end -}}
