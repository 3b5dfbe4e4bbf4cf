{{/* Flags of the controller pmemcsideployment, as JSON. */}}
{{- define "operator-manager.args.pmemcsideployment" -}}
{{- /* Values of an earlier release do not have them. */ -}}
{{- $image := merge (default dict .Values.agents.pmemCsiDriver) (dict "repository" "ghcr.io/rackwright/pmem-csi-driver") -}}
{{- $given := default dict .Values.pmemCsi -}}
{{- $args := list (printf "--pmem-csi-driver-image=%s" (include "operator-manager.agentImage" (dict "root" $ "app" "pmem-csi-driver" "image" $image))) -}}
{{- with $given.provisionerImage -}}
{{- $args = append $args (printf "--pmem-csi-provisioner-image=%s" .) -}}
{{- end -}}
{{- with $given.resizerImage -}}
{{- $args = append $args (printf "--pmem-csi-resizer-image=%s" .) -}}
{{- end -}}
{{- range $suffix := list "pmem-csi-driver" "pmem-csi-driver-namespace" "pmem-csi-controller" "pmem-csi-node-setup" -}}
{{- $args = append $args (printf "--%s-role=%s" $suffix (include "rackwright.resourceName" (dict "root" $ "suffix" $suffix))) -}}
{{- end -}}
{{- toJson $args -}}
{{- end -}}

{{/* Ports of the operator's container for the controller pmemcsideployment, as JSON: none. */}}
{{- define "operator-manager.ports.pmemcsideployment" -}}
[]
{{- end -}}

{{/* Objects that come with the controller pmemcsideployment: the StorageClasses of PMEM-CSI, alerts and a dashboard. */}}
{{- define "operator-manager.objects.pmemcsideployment" -}}
{{- include "operator-manager.pmemMonitoring" . }}
{{- $given := default dict (default dict .Values.pmemCsi).storageClasses -}}
{{- if $given.create }}
{{- $driver := default "pmem-csi.intel.com" $given.driver -}}
{{- range $name, $class := .Files.Get "files/pmem-storage-classes.yaml" | fromYaml }}
---
apiVersion: storage.k8s.io/v1
kind: StorageClass
metadata:
  name: {{ $name }}
  labels:
    {{- include "rackwright.labels" $ | nindent 4 }}
provisioner: {{ $driver | quote }}
reclaimPolicy: Delete
volumeBindingMode: {{ default "WaitForFirstConsumer" $class.volumeBindingMode }}
allowVolumeExpansion: true
{{- with $class.parameters }}
parameters:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}
{{- end }}
{{- end -}}

{{/* Alerts about drivers and their dashboard, which the chart of the driver has too. */}}
{{- define "operator-manager.pmemMonitoring" -}}
{{- /* Values of an earlier release do not have them. */ -}}
{{- $given := default dict .Values.pmemCsi -}}
{{- with default dict $given.prometheusRule }}
{{- if .enabled }}
---
apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata:
  name: {{ include "rackwright.resourceName" (dict "root" $ "suffix" "pmem-alerts") | quote }}
  namespace: {{ $.Release.Namespace | quote }}
  labels:
    {{- include "rackwright.merged" (dict "fixed" (include "rackwright.labels" $ | fromYaml) "own" .labels "from" "pmemCsi.prometheusRule.labels" "labels" true) | nindent 4 }}
spec:
  groups:
    - {{- $.Files.Get "files/pmem-alerts.yaml" | fromYaml | toYaml | nindent 6 }}
{{- end }}
{{- end }}
{{- with default dict $given.dashboard }}
{{- if .enabled }}
---
apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ include "rackwright.resourceName" (dict "root" $ "suffix" "pmem-dashboard") | quote }}
  namespace: {{ $.Release.Namespace | quote }}
  labels:
    {{- include "rackwright.merged" (dict "fixed" (include "rackwright.labels" $ | fromYaml) "own" .labels "from" "pmemCsi.dashboard.labels" "labels" true) | nindent 4 }}
data:
  rackwright-pmem.json: |-
    {{- $.Files.Get "files/pmem-dashboard.json" | nindent 4 }}
{{- end }}
{{- end }}
{{- end -}}
