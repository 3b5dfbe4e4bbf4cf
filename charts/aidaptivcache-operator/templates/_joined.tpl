{{/*
What two blocks of values say together, as JSON. Each is another spelling of the other; a
value that both have has to be the same. Takes a dict: one, other, oneName, otherName (the
keys, for what is said about them).
*/}}
{{- define "aidaptivcache.joined" -}}
{{- $in := . -}}
{{- $one := default dict .one -}}
{{- $other := default dict .other -}}
{{- $joined := dict -}}
{{- range $key := concat (keys $one) (keys $other) | uniq | sortAlpha -}}
{{- $a := get $one $key -}}
{{- $b := get $other $key -}}
{{- $aName := printf "%s.%s" $in.oneName $key -}}
{{- $bName := printf "%s.%s" $in.otherName $key -}}
{{- if and (kindIs "map" $a) (kindIs "map" $b) -}}
{{- $_ := set $joined $key (include "aidaptivcache.joined" (dict "one" $a "other" $b "oneName" $aName "otherName" $bName) | fromJson) -}}
{{- else if eq (include "aidaptivcache.given" $b) "" -}}
{{- if hasKey $one $key -}}{{- $_ := set $joined $key $a -}}{{- else -}}{{- $_ := set $joined $key $b -}}{{- end -}}
{{- else if eq (include "aidaptivcache.given" $a) "" -}}
{{- $_ := set $joined $key $b -}}
{{- else if eq (toJson $a) (toJson $b) -}}
{{- $_ := set $joined $key $a -}}
{{- else -}}
{{- fail (printf "%s and %s are both set, to %s and %s: they are two names of one value, so leave one out" $aName $bName (toJson $a) (toJson $b)) -}}
{{- end -}}
{{- end -}}
{{- toJson $joined -}}
{{- end -}}

{{/* Not empty for a value that says something: no text, list or block that is empty, and not null. Takes the value. */}}
{{- define "aidaptivcache.given" -}}
{{- if not (has (toJson .) (list "null" "\"\"" "[]" "{}")) -}}true{{- end -}}
{{- end -}}

{{/*
A block with another over it, as JSON: deep, and also where the upper one says false, 0 or
nothing; null leaves what is below. Takes a dict: under, over.
*/}}
{{- define "aidaptivcache.over" -}}
{{- $sum := deepCopy (default dict .under) -}}
{{- range $key, $value := default dict .over -}}
{{- $below := get $sum $key -}}
{{- if and (kindIs "map" $value) (kindIs "map" $below) -}}
{{- $_ := set $sum $key (include "aidaptivcache.over" (dict "under" $below "over" $value) | fromJson) -}}
{{- else if not (kindIs "invalid" $value) -}}
{{- $_ := set $sum $key $value -}}
{{- end -}}
{{- end -}}
{{- toJson $sum -}}
{{- end -}}

{{/* What the values say of one part, by its older name and its newer one, as JSON. Takes a dict: root, older, newer. */}}
{{- define "aidaptivcache.block" -}}
{{- include "aidaptivcache.joined" (dict
  "one" (get .root.Values .older)
  "other" (get .root.Values .newer)
  "oneName" .older
  "otherName" .newer) -}}
{{- end -}}
