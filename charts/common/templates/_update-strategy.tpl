{{/*
How a DaemonSet replaces its pods. Takes a dict: strategy (the value
updateStrategy), surge (whether it is maxSurge that is 1 when neither is set).
The API server wants exactly one of maxSurge and maxUnavailable other than 0, and
takes a maxUnavailable that is left out for 1, so both are always written.
*/}}
{{- define "rackwright.updateStrategy" -}}
type: {{ .strategy.type }}
{{- if eq .strategy.type "RollingUpdate" }}
{{- $given := default dict .strategy.rollingUpdate }}
{{- $surge := include "rackwright.text" (dict "value" (get $given "maxSurge") "from" "updateStrategy.rollingUpdate.maxSurge") }}
{{- $unavailable := include "rackwright.text" (dict "value" (get $given "maxUnavailable") "from" "updateStrategy.rollingUpdate.maxUnavailable") }}
{{- if and (eq $surge "") (eq $unavailable "") }}
{{- if .surge }}{{ $surge = "1" }}{{ else }}{{ $unavailable = "1" }}{{ end }}
{{- end }}
{{- $none := list "" "0" "0%" }}
{{- if eq (has $surge $none) (has $unavailable $none) }}
{{- fail (printf "updateStrategy.rollingUpdate: one of maxSurge (%s) and maxUnavailable (%s) has to be 0 and the other must not be" (default "0" $surge) (default "0" $unavailable)) }}
{{- end }}
rollingUpdate:
  maxSurge: {{ default "0" $surge }}
  maxUnavailable: {{ default "0" $unavailable }}
{{- end }}
{{- end -}}
