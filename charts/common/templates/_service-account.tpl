{{/* The ServiceAccount of an app, if the chart makes it. */}}
{{- define "rackwright.serviceAccount" -}}
{{- if .Values.serviceAccount.create -}}
apiVersion: v1
kind: ServiceAccount
metadata:
  name: {{ include "rackwright.serviceAccountName" . | quote }}
  namespace: {{ .Release.Namespace | quote }}
  labels:
    {{- include "rackwright.labels" . | nindent 4 }}
  {{- with include "rackwright.merged" (dict "own" .Values.serviceAccount.annotations "from" "serviceAccount.annotations") }}
  annotations:
    {{- . | nindent 4 }}
  {{- end }}
automountServiceAccountToken: false
{{- end -}}
{{- end -}}
