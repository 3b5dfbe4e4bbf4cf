{{/* Arguments of the driver, as a YAML list. */}}
{{- define "pmem-csi-driver.args" -}}
{{- $args := list
  (printf "-deviceManager=%s" .Values.deviceMode)
  (printf "-mode=node")
  "-endpoint=unix:///csi/csi.sock"
  "-nodeid=$(KUBE_NODE_NAME)"
  (printf "-statePath=/var/lib/%s" .Values.driverName)
  (printf "-drivername=%s" .Values.driverName)
  (printf "-pmemPercentage=%d" (int .Values.pmemPercentage))
  (printf "-metricsListen=:%d" (int .Values.metricsPort))
  (printf "--log-level=%s" .Values.logLevel)
-}}
{{- include "rackwright.args" (dict "fixed" $args "own" .Values.extraArgs) -}}
{{- end -}}

{{/* What sidecars share, as YAML: they speak to the socket of a driver that runs as root. */}}
{{- define "pmem-csi-driver.sidecar" -}}
imagePullPolicy: {{ .Values.image.pullPolicy }}
terminationMessagePolicy: FallbackToLogsOnError
securityContext:
  runAsUser: 0
  runAsGroup: 0
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities:
    drop: [ALL]
{{- end -}}

{{/* Probes by metrics, as YAML. Takes a dict: path, port. */}}
{{- define "pmem-csi-driver.probes" -}}
{{- range $probe, $timing := dict "livenessProbe" (dict "periodSeconds" 10 "failureThreshold" 6) "startupProbe" (dict "periodSeconds" 1 "failureThreshold" 300) }}
{{ $probe }}:
  httpGet:
    path: {{ $.path }}
    port: {{ $.port }}
  timeoutSeconds: 5
  {{- toYaml $timing | nindent 2 }}
{{- end }}
{{- end -}}
