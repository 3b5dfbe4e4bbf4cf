{{/* Name of the Service that API servers ask. */}}
{{- define "admission-webhook.service" -}}
{{- include "rackwright.fullname" . | include "rackwright.dnsLabel" -}}
{{- end -}}

{{/* Secret of the authority that signs managed certificates. */}}
{{- define "admission-webhook.authoritySecret" -}}
{{- include "rackwright.resourceName" (dict "root" . "suffix" "ca") -}}
{{- end -}}

{{/* Secret of the certificate that is served. */}}
{{- define "admission-webhook.certificateSecret" -}}
{{- if eq .Values.certificates.source "secret" -}}
{{- $name := required "certificates.secretName: give the name of the Secret with the certificate, or choose another certificates.source" .Values.certificates.secretName -}}
{{- include "rackwright.validName" (dict "name" $name "from" "certificates.secretName" "given" $name) -}}
{{- else -}}
{{- include "rackwright.resourceName" (dict "root" . "suffix" "tls") -}}
{{- end -}}
{{- end -}}

{{/* Whom API servers are told to ask: generated from what families register. */}}
{{- define "admission-webhook.registrations" -}}
{{- .Files.Get "files/registrations.yaml" -}}
{{- end -}}
