{{/* Name of the app: the chart's, unless overridden. */}}
{{- define "common.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{/* Name of what a release creates: <release>-<chart>, or the release alone if it holds the chart's name. */}}
{{- define "common.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 63 | trimSuffix "-" -}}
{{- else -}}
{{- $name := include "common.name" . -}}
{{- if contains $name .Release.Name -}}
{{- .Release.Name | trunc 63 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name $name | trunc 63 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{/* Labels that select the app's pods; they never change over an upgrade. */}}
{{- define "common.selectorLabels" -}}
app.kubernetes.io/name: {{ include "common.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{/* Labels of every object. */}}
{{- define "common.labels" -}}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{ include "common.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
app.kubernetes.io/part-of: rackwright
{{- end -}}

{{/* Name of the ServiceAccount. */}}
{{- define "common.serviceAccountName" -}}
{{- if .Values.serviceAccount.create -}}
{{- default (include "common.fullname" .) .Values.serviceAccount.name -}}
{{- else -}}
{{- required "serviceAccount.name: give the name of an existing ServiceAccount, or set serviceAccount.create" .Values.serviceAccount.name -}}
{{- end -}}
{{- end -}}

{{/*
Full image reference. Takes a dict: root (the chart's scope), image (repository,
tag, digest), optional version. A digest wins over a tag, the tag defaults to the
version, that to the chart's app's, and global.imageRegistry replaces the registry.
*/}}
{{- define "common.image" -}}
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

{{/* The host tree the agents look at: global.host.root, then host.root. */}}
{{- define "common.hostRoot" -}}
{{- $global := default dict .Values.global -}}
{{- $host := default dict $global.host -}}
{{- default .Values.host.root $host.root -}}
{{- end -}}

{{/* A path below the host tree on the node. Takes a dict: root, path. */}}
{{- define "common.hostPath" -}}
{{- $base := include "common.hostRoot" .root | trimSuffix "/" -}}
{{- printf "%s%s" $base .path -}}
{{- end -}}

{{/* The pull secrets of every pod, as JSON: the global ones, then the chart's own. */}}
{{- define "common.imagePullSecrets" -}}
{{- $global := default dict .Values.global -}}
{{- concat (default list $global.imagePullSecrets) (default list .Values.imagePullSecrets) | toJson -}}
{{- end -}}
