{{/* A value that is not text, such as false or 1000000, as the text a user means by it. Takes a dict: value, from. */}}
{{- define "rackwright.text" -}}
{{- if kindIs "string" .value -}}
{{- .value -}}
{{- else if or (kindIs "bool" .value) (kindIs "float64" .value) (kindIs "int64" .value) (kindIs "int" .value) -}}
{{- toJson .value -}}
{{- else -}}
{{- fail (printf "%s: %s is not text" .from (toJson .value)) -}}
{{- end -}}
{{- end -}}

{{/* Resources of a container, their quantities as text. Takes the value resources. */}}
{{- define "rackwright.resources" -}}
{{- $resources := deepCopy (default dict .) -}}
{{- range $kind := list "requests" "limits" -}}
{{- range $name, $quantity := get $resources $kind | default dict -}}
{{- $_ := set (get $resources $kind) $name (include "rackwright.text" (dict "value" $quantity "from" (printf "resources.%s.%s" $kind $name))) -}}
{{- end -}}
{{- end -}}
{{- toYaml $resources -}}
{{- end -}}

{{/*
A map of labels or annotations: what the chart sets, and over it what the user
gives under the same keys. A key given as null is left out. Takes a dict: fixed,
own, from (the name of the user's value), labels (whether the values are those of labels).
*/}}
{{- define "rackwright.merged" -}}
{{- $from := .from -}}
{{- $labels := .labels -}}
{{- $merged := deepCopy (default dict .fixed) -}}
{{- range $key, $value := default dict .own -}}
{{- if not (regexMatch "^([a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$" $key) -}}
{{- fail (printf "%s: %q cannot be the key of a label or an annotation" $from $key) -}}
{{- end -}}
{{- if kindIs "invalid" $value -}}
{{- $_ := unset $merged $key -}}
{{- else -}}
{{- $text := include "rackwright.text" (dict "value" $value "from" (printf "%s.%s" $from $key)) -}}
{{- if and $labels (not (regexMatch "^([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$" $text)) -}}
{{- fail (printf "%s.%s: %q cannot be the value of a label: up to 63 letters, digits, '-', '_' and '.' are allowed, and a letter or digit at both ends" $from $key $text) -}}
{{- end -}}
{{- $_ := set $merged $key $text -}}
{{- end -}}
{{- end -}}
{{- if $merged -}}
{{- toYaml $merged -}}
{{- end -}}
{{- end -}}

{{/*
Arguments of a container: those of the chart, without flags the user gives too,
and those of the user. Takes a dict: fixed, own.
*/}}
{{- define "rackwright.args" -}}
{{- $own := list -}}
{{- $given := list -}}
{{- range default list .own -}}
{{- $text := include "rackwright.text" (dict "value" . "from" "extraArgs") -}}
{{- $own = append $own $text -}}
{{- if hasPrefix "-" $text -}}
{{- $given = append $given (regexReplaceAll "(?s)^--?([^=]*).*$" $text "${1}") -}}
{{- end -}}
{{- end -}}
{{- $kept := list -}}
{{- range .fixed -}}
{{- if not (has (regexReplaceAll "(?s)^--?([^=]*).*$" . "${1}") $given) -}}
{{- $kept = append $kept . -}}
{{- end -}}
{{- end -}}
{{- toYaml (concat $kept $own) -}}
{{- end -}}

{{/*
Environment of a container: each name once, the last one given wins, as it does
in a container. Takes a dict: fixed, own.
*/}}
{{- define "rackwright.env" -}}
{{- $kept := list -}}
{{- $names := list -}}
{{- range reverse (concat .fixed (default list .own)) -}}
{{- if not (and (kindIs "map" .) (kindIs "string" (get . "name"))) -}}
{{- fail (printf "extraEnv: %s has no name" (toJson .)) -}}
{{- end -}}
{{- if not (has .name $names) -}}
{{- $names = append $names .name -}}
{{- $entry := deepCopy . -}}
{{- if kindIs "invalid" $entry.value -}}
{{- $_ := unset $entry "value" -}}
{{- else -}}
{{- $_ := set $entry "value" (include "rackwright.text" (dict "value" $entry.value "from" (printf "extraEnv: %s" .name))) -}}
{{- end -}}
{{- $kept = prepend $kept $entry -}}
{{- end -}}
{{- end -}}
{{- toYaml $kept -}}
{{- end -}}
