{{/* Flags of the controller aidaptivcache, as JSON. */}}
{{- define "operator-manager.args.aidaptivcache" -}}
{{- $args := list -}}
{{- range $app, $image := dict "ai100-device-plugin" .Values.agents.ai100DevicePlugin "nvme-exporter" .Values.agents.nvmeExporter -}}
{{- /* Values of an earlier release do not have it. */ -}}
{{- $whole := merge (default dict $image) (dict "repository" (printf "ghcr.io/rackwright/%s" $app)) -}}
{{- $args = append $args (printf "--%s-image=%s" $app (include "operator-manager.agentImage" (dict "root" $ "app" $app "image" $whole))) -}}
{{- end -}}
{{- range $flag, $suffix := dict "role" "ai100-device-plugin" "namespace-role" "ai100-device-plugin-namespace" -}}
{{- $args = append $args (printf "--ai100-device-plugin-%s=%s" $flag (include "rackwright.resourceName" (dict "root" $ "suffix" $suffix))) -}}
{{- end -}}
{{- with include "operator-manager.handshake" . | fromJson -}}
{{- $args = append $args (printf "--handshake-bind-address=:%d" (int .port)) -}}
{{- $args = append $args (printf "--handshake-port=%d" (int .servicePort)) -}}
{{- $args = append $args (printf "--handshake-check-interval=%s" .checkInterval) -}}
{{- end -}}
{{- toJson $args -}}
{{- end -}}

{{/*
How handshakes are taken, as JSON: port, servicePort, ports, checkInterval; empty where
none are. Values of an earlier release do not have them.
*/}}
{{- define "operator-manager.handshake" -}}
{{- $given := default dict .Values.handshake -}}
{{- if eq (toString $given.enabled) "false" -}}
{{- dict | toJson -}}
{{- else -}}
{{- $port := int (default 9443 $given.port) -}}
{{- range $name, $other := dict "healthPort" .Values.healthPort "metrics.port" (ternary .Values.metrics.port 0 .Values.metrics.enabled) -}}
{{- if eq $port (int $other) -}}
{{- fail (printf "handshake.port, which is the targetPort of handshake in service.ports too, and %s are both %d, and each needs a port of its own" $name $port) -}}
{{- end -}}
{{- end -}}
{{- $ports := default (list (dict "name" "handshake" "port" 8443)) $given.servicePorts -}}
{{- include "operator-manager.servicePorts" (dict "ports" $ports "from" "handshake.servicePorts") -}}
{{- $servicePort := 0 -}}
{{- range $ports -}}{{- if eq .name "handshake" -}}{{- $servicePort = int .port -}}{{- end -}}{{- end -}}
{{- dict "port" $port "servicePort" $servicePort "ports" $ports "checkInterval" (default "10s" $given.checkInterval) | toJson -}}
{{- end -}}
{{- end -}}

{{- /* Sees that ports make a Service, and one leads to handshakes. Takes a dict: ports, from. */ -}}
{{- define "operator-manager.servicePorts" -}}
{{- $from := .from -}}
{{- $seen := dict -}}
{{- range .ports -}}
{{- range $what := list .name (printf "%d" (int .port)) -}}
{{- if hasKey $seen $what -}}
{{- fail (printf "%s: two ports are called %s" $from $what) -}}
{{- end -}}
{{- $_ := set $seen $what true -}}
{{- end -}}
{{- end -}}
{{- if not (hasKey $seen "handshake") -}}
{{- fail (printf "%s: no port is named handshake" $from) -}}
{{- end -}}
{{- end -}}

{{/* Ports of the operator's container for the controller aidaptivcache, as JSON. */}}
{{- define "operator-manager.ports.aidaptivcache" -}}
{{- $ports := list -}}
{{- with include "operator-manager.handshake" . | fromJson -}}
{{- $ports = append $ports (dict "name" "handshake" "containerPort" .port) -}}
{{- end -}}
{{- toJson $ports -}}
{{- end -}}

{{/* Objects that come with the controller aidaptivcache, parted by lines of ---. */}}
{{- define "operator-manager.objects.aidaptivcache" -}}
{{- with include "operator-manager.handshake" . | fromJson }}
---
apiVersion: v1
kind: Service
metadata:
  # Its name is that of the older operator.
  name: aidaptivcache-service
  namespace: {{ $.Release.Namespace | quote }}
  labels:
    {{- include "rackwright.labels" $ | nindent 4 }}
    app.kubernetes.io/component: handshake
spec:
  selector:
    {{- include "rackwright.selectorLabels" $ | nindent 4 }}
  ports:
    {{- range .ports }}
    - name: {{ .name | quote }}
      port: {{ int .port }}
      {{- /* A number comes out of JSON with a fraction. */}}
      targetPort: {{ if kindIs "float64" .targetPort }}{{ int .targetPort }}{{ else }}{{ default "handshake" .targetPort | quote }}{{ end }}
      protocol: TCP
    {{- end }}
{{- /* The operator fills both; Helm leaves what it does not know alone. */}}
{{- range $kind, $name := dict "Secret" "aidaptivcache-handshake" "ConfigMap" "aidaptivcache-handshake-ca" }}
---
apiVersion: v1
kind: {{ $kind }}
metadata:
  name: {{ $name }}
  namespace: {{ $.Release.Namespace | quote }}
  labels:
    {{- include "rackwright.labels" $ | nindent 4 }}
{{- if eq $kind "Secret" }}
type: Opaque
{{- end }}
{{- end }}
{{- end }}
{{- end -}}
