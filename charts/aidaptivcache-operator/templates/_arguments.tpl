{{/*
Arguments as a JSON list. They are a list, or one text: split at blanks, except between
quotes. Takes a dict: value, from.
*/}}
{{- define "aidaptivcache.split" -}}
{{- $from := .from -}}
{{- $words := list -}}
{{- if kindIs "slice" .value -}}
{{- range .value -}}
{{- $words = append $words (include "rackwright.text" (dict "value" . "from" $from)) -}}
{{- end -}}
{{- else if not (kindIs "invalid" .value) -}}
{{- $text := include "rackwright.text" (dict "value" .value "from" $from) -}}
{{- $word := "([^\\s\"']|\"[^\"]*\"|'[^']*')+" -}}
{{- if regexReplaceAll $word $text "" | trim -}}
{{- fail (printf "%s: %q has a quote that does not end" $from $text) -}}
{{- end -}}
{{- range regexFindAll $word $text -1 -}}
{{- $words = append $words (regexReplaceAll "\"([^\"]*)\"|'([^']*)'" . "${1}${2}") -}}
{{- end -}}
{{- end -}}
{{- toJson $words -}}
{{- end -}}

{{/*
What the four flags of the older plugin say, as JSON: an object with m, p, f and
skip_firmware_check as far as they are given, and rest, the other arguments. They are
read as the plugin reads them: -f X, -f=X, --f X, -x, -x=false. Takes a dict: arguments, from.
*/}}
{{- define "aidaptivcache.flags" -}}
{{- $from := .from -}}
{{- $flags := dict -}}
{{- $rest := list -}}
{{- $awaited := "" -}}
{{- range .arguments -}}
{{- $flag := regexReplaceAll "(?s)^--?(m|p|f|skip_firmware_check)(=.*)?$" . "${1}" -}}
{{- if $awaited -}}
{{- include "aidaptivcache.setFlag" (dict "flags" $flags "flag" $awaited "value" . "from" $from) -}}
{{- $awaited = "" -}}
{{- else if eq $flag . -}}
{{- $rest = append $rest . -}}
{{- else if contains "=" . -}}
{{- $value := regexReplaceAll "(?s)^[^=]*=" . "" -}}
{{- if eq $flag "skip_firmware_check" -}}
{{- if not (has $value (list "1" "t" "T" "true" "TRUE" "True" "0" "f" "F" "false" "FALSE" "False")) -}}
{{- fail (printf "%s: -skip_firmware_check is true or false, not %q" $from $value) -}}
{{- end -}}
{{- $value = has (lower $value) (list "1" "t" "true") -}}
{{- end -}}
{{- include "aidaptivcache.setFlag" (dict "flags" $flags "flag" $flag "value" $value "from" $from) -}}
{{- else if eq $flag "skip_firmware_check" -}}
{{- include "aidaptivcache.setFlag" (dict "flags" $flags "flag" $flag "value" true "from" $from) -}}
{{- else -}}
{{- $awaited = $flag -}}
{{- end -}}
{{- end -}}
{{- if $awaited -}}
{{- fail (printf "%s: -%s has no value" $from $awaited) -}}
{{- end -}}
{{- set $flags "rest" $rest | toJson -}}
{{- end -}}

{{- /* Notes the value of a flag; the same one may be given again. Takes a dict: flags, flag, value, from. */ -}}
{{- define "aidaptivcache.setFlag" -}}
{{- if eq (toJson .value) "\"\"" -}}
{{- fail (printf "%s: -%s has no value" .from .flag) -}}
{{- end -}}
{{- if hasKey .flags .flag -}}
{{- if ne (get .flags .flag | toJson) (toJson .value) -}}
{{- fail (printf "%s: -%s is given twice, with %s and %s" .from .flag (get .flags .flag | toJson) (toJson .value)) -}}
{{- end -}}
{{- end -}}
{{- $_ := set .flags .flag .value -}}
{{- end -}}
