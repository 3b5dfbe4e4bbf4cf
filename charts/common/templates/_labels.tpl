{{/* Labels that select the app's pods; they never change over an upgrade. */}}
{{- define "rackwright.selectorLabels" -}}
app.kubernetes.io/name: {{ include "rackwright.name" . | quote }}
app.kubernetes.io/instance: {{ .Release.Name | quote }}
{{- end -}}

{{/* Labels of every object. */}}
{{- define "rackwright.labels" -}}
helm.sh/chart: {{ include "rackwright.labelValue" (printf "%s-%s" .Chart.Name .Chart.Version) | quote }}
{{ include "rackwright.selectorLabels" . }}
app.kubernetes.io/version: {{ include "rackwright.labelValue" .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service | quote }}
app.kubernetes.io/part-of: rackwright
{{- end -}}

{{/* Text as the value of a label: the + of a version becomes _, and 63 characters are kept. Takes text. */}}
{{- define "rackwright.labelValue" -}}
{{- $text := regexReplaceAll "[^-A-Za-z0-9_.]" . "_" | trunc 63 -}}
{{- regexReplaceAll "^[^A-Za-z0-9]+|[^A-Za-z0-9]+$" $text "" -}}
{{- end -}}
