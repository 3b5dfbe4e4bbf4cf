{{/* Text held to a length. What is cut ends in a digest of the whole text, so that no two become one. Takes a dict: text, max. */}}
{{- define "rackwright.fit" -}}
{{- if le (len .text) (int .max) -}}
{{- .text -}}
{{- else -}}
{{- $head := trunc (sub .max 9 | int) .text -}}
{{- printf "%s-%s" (regexReplaceAll "[^A-Za-z0-9]+$" $head "") (sha256sum .text | trunc 8) -}}
{{- end -}}
{{- end -}}

{{/* A name the API server takes, or a refusal that says which value it comes from. Takes a dict: name, from, given. */}}
{{- define "rackwright.validName" -}}
{{- $label := "[a-z0-9]([-a-z0-9]*[a-z0-9])?" -}}
{{- if not (regexMatch (printf "^%s(\\.%s)*$" $label $label) .name) -}}
{{- fail (printf "%s: %q cannot be part of a name: lower case letters, digits, '-' and '.' are allowed, and a letter or digit at both ends" .from .given) -}}
{{- else if gt (len .name) 253 -}}
{{- fail (printf "%s: %q is longer than the 253 characters of a name" .from .given) -}}
{{- end -}}
{{- .name -}}
{{- end -}}

{{/* Name of the app before anything is cut: the chart's, unless overridden. */}}
{{- define "rackwright.wholeAppName" -}}
{{- default .Chart.Name .Values.nameOverride | trimSuffix "-" -}}
{{- end -}}

{{/* Name of the app, the value of a label. */}}
{{- define "rackwright.name" -}}
{{- $name := include "rackwright.wholeAppName" . -}}
{{- if not (regexMatch "^[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$" $name) -}}
{{- fail (printf "nameOverride: %q cannot be the value of a label: letters, digits, '-', '_' and '.' are allowed, and a letter or digit at both ends" (default $name .Values.nameOverride)) -}}
{{- end -}}
{{- include "rackwright.fit" (dict "text" $name "max" 63) -}}
{{- end -}}

{{/*
Name of what a release creates before anything is cut: <release>-<chart>, or the
release alone if it holds the chart's name.
*/}}
{{- define "rackwright.wholeName" -}}
{{- $app := include "rackwright.wholeAppName" . -}}
{{- if .Values.fullnameOverride -}}
{{- include "rackwright.validName" (dict "name" (.Values.fullnameOverride | trimSuffix "-") "from" "fullnameOverride" "given" .Values.fullnameOverride) -}}
{{- else if contains $app .Release.Name -}}
{{- .Release.Name -}}
{{- else -}}
{{- $from := ternary "nameOverride" "name or alias of the chart" (not (empty .Values.nameOverride)) -}}
{{- include "rackwright.validName" (dict "name" (printf "%s-%s" .Release.Name $app) "from" $from "given" $app) -}}
{{- end -}}
{{- end -}}

{{/*
Name of what a release creates. The charts' own names are told apart by their
first letters and are cut as they always were: another name would be another
DaemonSet, and a retry handler that is replaced ends every cxi_rh of its node.
*/}}
{{- define "rackwright.fullname" -}}
{{- $whole := include "rackwright.wholeName" . -}}
{{- $apps := list "operator-manager" "driver-agent" "cxi-device-plugin" "retry-handler" "cxi-metrics-exporter" -}}
{{- if and (has .Chart.Name $apps) (not .Values.nameOverride) (not .Values.fullnameOverride) -}}
{{- regexReplaceAll "[-.]+$" ($whole | trunc 63) "" -}}
{{- else -}}
{{- include "rackwright.fit" (dict "text" $whole "max" 63) -}}
{{- end -}}
{{- end -}}

{{/*
Name of a further object of a release: the full name and a suffix that is never
cut. Takes a dict: root, suffix.
*/}}
{{- define "rackwright.resourceName" -}}
{{- $whole := include "rackwright.wholeName" .root -}}
{{- $name := printf "%s-%s" $whole .suffix -}}
{{- $older := list "driver-agent" "editor" "viewer" "node-writes" "metrics" "verify" -}}
{{- if le (len $name) 63 -}}
{{- $name -}}
{{- else if and (has .suffix $older) (le (len $whole) 61) -}}
{{- /* Two characters of these suffixes tell them apart. People bind these roles by name, so they keep it. */ -}}
{{- regexReplaceAll "[-.]+$" (trunc 63 $name) "" -}}
{{- else -}}
{{- $head := trunc (sub 53 (len .suffix) | int) $whole -}}
{{- printf "%s-%s-%s" (regexReplaceAll "[-.]+$" $head "") (sha256sum $whole | trunc 8) .suffix -}}
{{- end -}}
{{- end -}}

{{/* A name for what takes no dots and no leading digit, as Services and containers do. Takes text. */}}
{{- define "rackwright.dnsLabel" -}}
{{- if regexMatch "^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$" . -}}
{{- . -}}
{{- else -}}
{{- $clean := regexReplaceAll "[^a-z0-9]+" (lower .) "-" | trunc 50 | trimAll "-" -}}
{{- printf "n-%s-%s" $clean (sha256sum . | trunc 8) -}}
{{- end -}}
{{- end -}}

{{/* Name of the app's container. */}}
{{- define "rackwright.containerName" -}}
{{- include "rackwright.dnsLabel" .Chart.Name -}}
{{- end -}}

{{/* Name of the ServiceAccount. */}}
{{- define "rackwright.serviceAccountName" -}}
{{- $given := .Values.serviceAccount.name -}}
{{- if $given -}}
{{- include "rackwright.validName" (dict "name" $given "from" "serviceAccount.name" "given" $given) -}}
{{- else if .Values.serviceAccount.create -}}
{{- include "rackwright.fullname" . -}}
{{- else -}}
{{- fail "serviceAccount.name: give the name of an existing ServiceAccount, or set serviceAccount.create" -}}
{{- end -}}
{{- end -}}
