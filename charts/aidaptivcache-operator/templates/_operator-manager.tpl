{{- /* Generated from charts/operator-manager by `npm run generate`. Do not edit. */ -}}
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

{{/* Flags of the controller cxidriver, as JSON. */}}
{{- define "operator-manager.args.cxidriver" -}}
{{- $agents := .Values.agents -}}
{{- $images := dict
  "driver-agent" (include "operator-manager.agentImage" (dict "root" . "app" "driver-agent" "image" $agents.driverAgent))
  "device-plugin" (include "operator-manager.agentImage" (dict "root" . "app" "cxi-device-plugin" "image" $agents.devicePlugin))
  "retry-handler" (include "operator-manager.agentImage" (dict "root" . "app" "retry-handler" "image" $agents.retryHandler))
  "metrics-exporter" (include "operator-manager.agentImage" (dict "root" . "app" "cxi-metrics-exporter" "image" $agents.metricsExporter))
-}}
{{- $role := include "rackwright.resourceName" (dict "root" . "suffix" "driver-agent") -}}
{{- $args := list -}}
{{- range list "driver-agent" "device-plugin" "retry-handler" "metrics-exporter" -}}
{{- $args = append $args (printf "--%s-image=%s" . (get $images .)) -}}
{{- end -}}
{{- append $args (printf "--driver-agent-role=%s" $role) | toJson -}}
{{- end -}}

{{/* Ports of the operator's container for the controller cxidriver, as JSON: none. */}}
{{- define "operator-manager.ports.cxidriver" -}}
[]
{{- end -}}

{{/* Objects that come with the controller cxidriver: none. */}}
{{- define "operator-manager.objects.cxidriver" -}}
{{- end -}}

{{/*
Image of an agent, in the version released with this chart unless a tag is set.
Takes a dict: root, app, image (a block of agents).
*/}}
{{- define "operator-manager.agentImage" -}}
{{- $versions := .root.Files.Get "files/agent-versions.yaml" | fromYaml -}}
{{- $version := required (printf "files/agent-versions.yaml has no %s" .app) (get $versions .app) -}}
{{- include "rackwright.image" (dict "root" .root "image" .image "version" $version) -}}
{{- end -}}

{{/* Labels and annotations of what the job after an uninstall needs. */}}
{{- define "operator-manager.removalMeta" -}}
labels:
  app.kubernetes.io/part-of: rackwright
annotations:
  helm.sh/hook: post-delete
  helm.sh/hook-weight: "-10"
  helm.sh/hook-delete-policy: before-hook-creation,hook-succeeded,hook-failed
{{- end -}}

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

{{- define "operator-manager.template.agent-roles" -}}
{{- /* The rights of agents that speak to the API server. The operator binds them and can grant nothing else. */ -}}
{{- range $controller := uniq .Values.controllers }}
{{- range $suffix, $rules := (include "rackwright.controller" (dict "root" $ "name" $controller) | fromYaml).agentRoles }}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata:
  name: {{ include "rackwright.resourceName" (dict "root" $ "suffix" $suffix) | quote }}
  labels:
    {{- include "rackwright.labels" $ | nindent 4 }}
rules:
  {{- $rules | toYaml | nindent 2 }}
{{- end }}
{{- end }}
{{- end -}}

{{- define "operator-manager.template.controllers" -}}
{{- /* What comes with each controller: templates/_<controller>.tpl. */}}
{{- range uniq .Values.controllers }}
{{- include (printf "operator-manager.objects.%s" .) $ }}
{{- end }}
{{- end -}}

{{- define "operator-manager.template.crds-upgrade" -}}
{{- /* With --reuse-values of a release that did not have the value it is absent, which is its default. */}}
{{- if ne (toString (.Values.crds).upgrade) "false" }}
{{- /*
Helm installs the CRDs of crds/ once and never touches them again, and an older
CRD drops new fields without an error. Before an upgrade this job brings those of
the new version. It deletes none and cuts down none of a newer version.
*/}}
{{- $name := include "rackwright.resourceName" (dict "root" . "suffix" "crds") }}
apiVersion: v1
kind: ServiceAccount
metadata:
  name: {{ $name | quote }}
  namespace: {{ .Release.Namespace | quote }}
  annotations:
    helm.sh/hook: pre-upgrade
    helm.sh/hook-weight: "-10"
    helm.sh/hook-delete-policy: before-hook-creation,hook-succeeded,hook-failed
automountServiceAccountToken: false
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata:
  name: {{ $name | quote }}
  annotations:
    helm.sh/hook: pre-upgrade
    helm.sh/hook-weight: "-10"
    helm.sh/hook-delete-policy: before-hook-creation,hook-succeeded,hook-failed
rules:
  {{- include "rackwright.controllerRules" (dict "root" . "controllers" .Values.controllers "key" "crdsRules") | nindent 2 }}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata:
  name: {{ $name | quote }}
  annotations:
    helm.sh/hook: pre-upgrade
    helm.sh/hook-weight: "-10"
    helm.sh/hook-delete-policy: before-hook-creation,hook-succeeded,hook-failed
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: ClusterRole
  name: {{ $name | quote }}
subjects:
  - kind: ServiceAccount
    name: {{ $name | quote }}
    namespace: {{ .Release.Namespace | quote }}
---
apiVersion: batch/v1
kind: Job
metadata:
  name: {{ $name | quote }}
  namespace: {{ .Release.Namespace | quote }}
  annotations:
    helm.sh/hook: pre-upgrade
    helm.sh/hook-delete-policy: before-hook-creation,hook-succeeded
spec:
  backoffLimit: 2
  template:
    metadata:
      labels:
        app.kubernetes.io/part-of: rackwright
        app.kubernetes.io/component: crds
    spec:
      restartPolicy: Never
      serviceAccountName: {{ $name | quote }}
      automountServiceAccountToken: true
      enableServiceLinks: false
      {{- with include "rackwright.operatorPlacement" . | trim }}
      {{- . | nindent 6 }}
      {{- end }}
      securityContext:
        {{- toYaml (default dict .Values.podSecurityContext) | nindent 8 }}
      containers:
        - name: crds
          image: {{ include "rackwright.image" (dict "root" . "image" .Values.image) | quote }}
          imagePullPolicy: {{ .Values.image.pullPolicy }}
          args:
            - crds
            - {{ printf "--controllers=%s" (.Values.controllers | uniq | join ",") }}
          securityContext:
            {{- toYaml (default dict .Values.securityContext) | nindent 12 }}
{{- end }}
{{- end -}}

{{- define "operator-manager.template.deployment" -}}
{{- if and .Values.metrics.enabled (eq (int .Values.healthPort) (int .Values.metrics.port)) }}
{{- fail (printf "healthPort and metrics.port are both %d, and each needs a port of its own" (int .Values.healthPort)) }}
{{- end }}
{{- $annotations := dict "kubectl.kubernetes.io/default-container" "manager" }}
{{- $args := list
  (printf "--controllers=%s" (.Values.controllers | uniq | join ","))
  (printf "--leader-elect=%t" .Values.leaderElection.enabled)
  (printf "--health-probe-bind-address=:%d" (int .Values.healthPort))
  (printf "--metrics-bind-address=%s" (ternary (printf ":%d" (int .Values.metrics.port)) "0" .Values.metrics.enabled))
}}
{{- /* Flags of each controller: templates/_<controller>.tpl. */}}
{{- range uniq .Values.controllers }}
{{- $args = concat $args (include (printf "operator-manager.args.%s" .) $ | fromJsonArray) }}
{{- end }}
{{- $args = concat $args (list
  (printf "--host-root=%s" (include "rackwright.hostRoot" .))
  (printf "--kubelet-dir=%s" .Values.kubelet.rootDir))
}}
{{- if .Values.metrics.secure }}
{{- $args = append $args "--metrics-secure=true" }}
{{- with .Values.metrics.certSecret }}
{{- $args = append $args "--metrics-cert-path=/etc/rackwright/metrics-certificate" }}
{{- end }}
{{- end }}
{{- with .Values.agents.allowedImages }}
{{- $args = append $args (printf "--allowed-images=%s" (. | uniq | join ",")) }}
{{- end }}
{{- with include "rackwright.imagePullSecrets" . | fromJsonArray }}
{{- $names := list }}
{{- range . }}
{{- $names = append $names .name }}
{{- end }}
{{- $args = append $args (printf "--image-pull-secrets=%s" (join "," $names)) }}
{{- end }}
{{- $args = append $args (printf "--agent-architectures=%s" (include "rackwright.architectures" . | fromJsonArray | join ",")) }}
{{- with include "rackwright.seLinuxType" (dict "root" . "own" .Values.agents.seLinuxOptions) }}
{{- $args = append $args (printf "--agent-selinux-type=%s" .) }}
{{- end }}
{{- $args = append $args (printf "--log-level=%s" .Values.logLevel) -}}
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ include "rackwright.fullname" . | quote }}
  namespace: {{ .Release.Namespace | quote }}
  labels:
    {{- include "rackwright.labels" . | nindent 4 }}
spec:
  replicas: {{ int64 .Values.replicaCount }}
  selector:
    matchLabels:
      {{- include "rackwright.selectorLabels" . | nindent 6 }}
  template:
    metadata:
      labels:
        {{- include "rackwright.labels" . | nindent 8 }}
      {{- with include "rackwright.merged" (dict "fixed" $annotations "own" .Values.podAnnotations "from" "podAnnotations") }}
      annotations:
        {{- . | nindent 8 }}
      {{- end }}
    spec:
      serviceAccountName: {{ include "rackwright.serviceAccountName" . | quote }}
      automountServiceAccountToken: true
      enableServiceLinks: false
      {{- with include "rackwright.operatorPlacement" . | trim }}
      {{- . | nindent 6 }}
      {{- end }}
      terminationGracePeriodSeconds: 10
      securityContext:
        {{- toYaml (default dict .Values.podSecurityContext) | nindent 8 }}
      containers:
        - name: manager
          image: {{ include "rackwright.image" (dict "root" . "image" .Values.image) | quote }}
          imagePullPolicy: {{ .Values.image.pullPolicy }}
          args:
            {{- toYaml $args | nindent 12 }}
          env:
            - name: OPERATOR_NAMESPACE
              valueFrom:
                fieldRef:
                  fieldPath: metadata.namespace
            - name: POD_NAME
              valueFrom:
                fieldRef:
                  fieldPath: metadata.name
          ports:
            - name: health
              containerPort: {{ int .Values.healthPort }}
            {{- if .Values.metrics.enabled }}
            - name: metrics
              containerPort: {{ int .Values.metrics.port }}
            {{- end }}
            {{- range $controller := uniq .Values.controllers }}
            {{- range include (printf "operator-manager.ports.%s" $controller) $ | fromJsonArray }}
            - name: {{ .name }}
              containerPort: {{ int .containerPort }}
            {{- end }}
            {{- end }}
          livenessProbe:
            httpGet:
              path: /healthz
              port: health
            initialDelaySeconds: 15
            periodSeconds: 20
          readinessProbe:
            httpGet:
              path: /readyz
              port: health
            initialDelaySeconds: 1
            periodSeconds: 5
          resources:
            {{- include "rackwright.resources" .Values.resources | nindent 12 }}
          securityContext:
            {{- toYaml (default dict .Values.securityContext) | nindent 12 }}
          {{- if and .Values.metrics.secure .Values.metrics.certSecret }}
          volumeMounts:
            - name: metrics-certificate
              mountPath: /etc/rackwright/metrics-certificate
              readOnly: true
      volumes:
        - name: metrics-certificate
          secret:
            secretName: {{ .Values.metrics.certSecret | quote }}
          {{- end }}
{{- end -}}

{{- define "operator-manager.template.leader-write-policy" -}}
{{- /* Absent with --reuse-values of a release that did not have the value. */ -}}
{{- if and .Values.leaderElection.enabled (ne (toString (.Values.leaderWritePolicy).enabled) "false") }}
{{- $name := include "rackwright.resourceName" (dict "root" . "suffix" "leader-writes") }}
{{- $terms := include "rackwright.resourceName" (dict "root" . "suffix" "leader-terms") }}
{{- $file := .Files.Get "files/leader-write-policy.yaml" | replace "__NAMESPACE__" .Release.Namespace | replace "__NAME__" (include "rackwright.serviceAccountName" .) | fromYaml }}
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata:
  name: {{ $name | quote }}
  labels:
    {{- include "rackwright.labels" . | nindent 4 }}
spec:
  {{- $file.policy | toYaml | nindent 2 }}
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata:
  name: {{ $name | quote }}
  labels:
    {{- include "rackwright.labels" . | nindent 4 }}
spec:
  policyName: {{ $name | quote }}
  validationActions: [Deny]
  paramRef:
    {{- /* As text it would be read as a number where a namespace is named 42. */ -}}
    {{- set $file.term "namespace" .Release.Namespace | toYaml | nindent 4 }}
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata:
  name: {{ $terms | quote }}
  labels:
    {{- include "rackwright.labels" . | nindent 4 }}
spec:
  {{- $file.termPolicy | toYaml | nindent 2 }}
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata:
  name: {{ $terms | quote }}
  labels:
    {{- include "rackwright.labels" . | nindent 4 }}
spec:
  policyName: {{ $terms | quote }}
  validationActions: [Deny]
{{- end }}
{{- end -}}

{{- define "operator-manager.template.metrics" -}}
{{- if .Values.metrics.enabled }}
apiVersion: v1
kind: Service
metadata:
  name: {{ include "rackwright.resourceName" (dict "root" . "suffix" "metrics") | include "rackwright.dnsLabel" | quote }}
  namespace: {{ .Release.Namespace | quote }}
  labels:
    {{- include "rackwright.labels" . | nindent 4 }}
    app.kubernetes.io/component: metrics
spec:
  selector:
    {{- include "rackwright.selectorLabels" . | nindent 4 }}
  ports:
    - name: metrics
      port: {{ int .Values.metrics.port }}
      targetPort: metrics
{{- if .Values.metrics.serviceMonitor.enabled }}
{{- $labels := include "rackwright.labels" . | fromYaml }}
---
apiVersion: monitoring.coreos.com/v1
kind: ServiceMonitor
metadata:
  name: {{ include "rackwright.fullname" . | quote }}
  namespace: {{ .Release.Namespace | quote }}
  {{- with include "rackwright.merged" (dict "fixed" $labels "own" .Values.metrics.serviceMonitor.labels "from" "metrics.serviceMonitor.labels" "labels" true) }}
  labels:
    {{- . | nindent 4 }}
  {{- end }}
spec:
  selector:
    matchLabels:
      {{- include "rackwright.selectorLabels" . | nindent 6 }}
      app.kubernetes.io/component: metrics
  endpoints:
    - port: metrics
      path: /metrics
      {{- if .Values.metrics.secure }}
      scheme: https
      bearerTokenFile: /var/run/secrets/kubernetes.io/serviceaccount/token
      tlsConfig:
        {{- toYaml (default (dict "insecureSkipVerify" true) .Values.metrics.serviceMonitor.tlsConfig) | nindent 8 }}
      {{- end }}
      interval: {{ .Values.metrics.serviceMonitor.interval | quote }}
      scrapeTimeout: {{ .Values.metrics.serviceMonitor.scrapeTimeout | quote }}
      {{- with .Values.metrics.serviceMonitor.relabelings }}
      relabelings:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      {{- with .Values.metrics.serviceMonitor.metricRelabelings }}
      metricRelabelings:
        {{- toYaml . | nindent 8 }}
      {{- end }}
{{- end }}
{{- if .Values.metrics.secure }}
---
# Asking the API server who may scrape.
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata:
  name: {{ include "rackwright.resourceName" (dict "root" . "suffix" "auth") | quote }}
  labels:
    {{- include "rackwright.labels" . | nindent 4 }}
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: ClusterRole
  name: system:auth-delegator
subjects:
  - kind: ServiceAccount
    name: {{ include "rackwright.serviceAccountName" . | quote }}
    namespace: {{ .Release.Namespace | quote }}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata:
  name: {{ include "rackwright.resourceName" (dict "root" . "suffix" "metrics-reader") | quote }}
  labels:
    {{- include "rackwright.labels" . | nindent 4 }}
rules:
  - nonResourceURLs: [/metrics]
    verbs: [get]
{{- end }}
{{- end }}
{{- end -}}

{{- define "operator-manager.template.network-policies" -}}
{{- if (.Values.networkPolicy).enabled }}
{{- $ports := list (int .Values.healthPort) }}
{{- if .Values.metrics.enabled }}
{{- $ports = append $ports (int .Values.metrics.port) }}
{{- end }}
{{- range $controller := uniq .Values.controllers }}
{{- range include (printf "operator-manager.ports.%s" $controller) $ | fromJsonArray }}
{{- $ports = append $ports (int .containerPort) }}
{{- end }}
{{- end }}
{{- $selector := include "rackwright.selectorLabels" . | nindent 2 | printf "matchLabels:%s" }}
{{- include "rackwright.networkPolicy" (dict "root" . "name" (include "rackwright.fullname" .) "selector" $selector "ports" $ports) }}
{{- /* Agents listen on a port of one of these names; a custom resource may choose its number. */}}
{{- range $controller := uniq .Values.controllers }}
{{- range $suffix, $labels := (include "rackwright.controller" (dict "root" $ "name" $controller) | fromYaml).agentPods }}
---
{{ include "rackwright.networkPolicy" (dict "root" $ "name" (include "rackwright.resourceName" (dict "root" $ "suffix" $suffix)) "selector" (dict "matchLabels" $labels | toYaml) "ports" (list "health" "metrics")) }}
{{- end }}
{{- end }}
{{- end }}
{{- end -}}

{{- define "operator-manager.template.node-feature-rule" -}}
{{- if (.Values.nodeFeatureRule).enabled }}
apiVersion: nfd.k8s-sigs.io/v1alpha1
kind: NodeFeatureRule
metadata:
  name: {{ include "rackwright.fullname" . | quote }}
  labels:
    {{- include "rackwright.labels" . | nindent 4 }}
spec:
  {{- .Files.Get "files/node-feature-rule.yaml" | fromYaml | toYaml | nindent 2 }}
{{- end }}
{{- end -}}

{{- define "operator-manager.template.node-write-policy" -}}
{{- if .Values.nodeWritePolicy.enabled }}
{{- range $controller := uniq .Values.controllers }}
{{- range $suffix, $spec := (include "rackwright.controller" (dict "root" $ "name" $controller) | fromYaml).nodePolicies }}
{{- $name := include "rackwright.resourceName" (dict "root" $ "suffix" $suffix) }}
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata:
  name: {{ $name | quote }}
  labels:
    {{- include "rackwright.labels" $ | nindent 4 }}
spec:
  {{- $spec | toYaml | nindent 2 }}
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata:
  name: {{ $name | quote }}
  labels:
    {{- include "rackwright.labels" $ | nindent 4 }}
spec:
  policyName: {{ $name | quote }}
  validationActions: [Deny]
{{- end }}
{{- end }}
{{- end }}
{{- end -}}

{{- define "operator-manager.template.operator-write-policy" -}}
{{- /* Absent with --reuse-values of a release that did not have the value. */ -}}
{{- if ne (toString (.Values.operatorWritePolicy).enabled) "false" }}
{{- $name := include "rackwright.resourceName" (dict "root" . "suffix" "operator-writes") }}
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata:
  name: {{ $name | quote }}
  labels:
    {{- include "rackwright.labels" . | nindent 4 }}
spec:
  {{- (.Files.Get "files/operator-write-policy.yaml" | replace "__NAMESPACE__" .Release.Namespace | replace "__NAME__" (include "rackwright.serviceAccountName" .) | fromYaml).policy | toYaml | nindent 2 }}
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata:
  name: {{ $name | quote }}
  labels:
    {{- include "rackwright.labels" . | nindent 4 }}
spec:
  policyName: {{ $name | quote }}
  validationActions: [Deny]
{{- end }}
{{- end -}}

{{- define "operator-manager.template.rbac" -}}
{{- /*
What the operator may do. It binds agents to roles that this chart ships and
never writes a role, so it can grant nothing beyond them.
*/ -}}
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata:
  name: {{ include "rackwright.fullname" . | quote }}
  labels:
    {{- include "rackwright.labels" . | nindent 4 }}
rules:
  {{- include "rackwright.controllerRules" (dict "root" . "controllers" .Values.controllers "key" "clusterRules") | nindent 2 }}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata:
  name: {{ include "rackwright.fullname" . | quote }}
  labels:
    {{- include "rackwright.labels" . | nindent 4 }}
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: ClusterRole
  name: {{ include "rackwright.fullname" . | quote }}
subjects:
  - kind: ServiceAccount
    name: {{ include "rackwright.serviceAccountName" . | quote }}
    namespace: {{ .Release.Namespace | quote }}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata:
  name: {{ include "rackwright.fullname" . | quote }}
  namespace: {{ .Release.Namespace | quote }}
  labels:
    {{- include "rackwright.labels" . | nindent 4 }}
rules:
  {{- include "rackwright.controllerRules" (dict "root" . "controllers" .Values.controllers "key" "namespaceRules") | nindent 2 }}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata:
  name: {{ include "rackwright.fullname" . | quote }}
  namespace: {{ .Release.Namespace | quote }}
  labels:
    {{- include "rackwright.labels" . | nindent 4 }}
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: Role
  name: {{ include "rackwright.fullname" . | quote }}
subjects:
  - kind: ServiceAccount
    name: {{ include "rackwright.serviceAccountName" . | quote }}
    namespace: {{ .Release.Namespace | quote }}
{{- end -}}

{{- define "operator-manager.template.removal" -}}
{{- /*
After an uninstall a job takes away what controllers rolled out, and what they wrote on
nodes: no operator is left that would. What is on disks stays as it is.
*/}}
{{- $controllers := list -}}
{{- range uniq .Values.controllers -}}
{{- $controller := include "rackwright.controller" (dict "root" $ "name" .) | fromYaml -}}
{{- with $controller.removal -}}{{- $controllers = append $controllers . -}}{{- end -}}
{{- end -}}
{{- /* With --reuse-values of a release that did not have the value it is absent, which is its default. */}}
{{- $cleanup := default dict .Values.cleanup }}
{{- if and $controllers (ne (toString $cleanup.enabled) "false") }}
{{- $name := include "rackwright.resourceName" (dict "root" . "suffix" "removal") }}
{{- $args := list "remove" (printf "--namespace=%s" .Release.Namespace) (printf "--service-account=%s" (include "rackwright.serviceAccountName" .)) (printf "--timeout=%s" (default "2m" $cleanup.timeout)) }}
{{- $rules := dict "ClusterRole" list "Role" list }}
{{- range $controllers }}
{{- $args = concat $args .args }}
{{- $_ := set $rules "ClusterRole" (concat $rules.ClusterRole .clusterRules) }}
{{- $_ = set $rules "Role" (concat $rules.Role .namespaceRules) }}
{{- end }}
apiVersion: v1
kind: ServiceAccount
metadata:
  name: {{ $name | quote }}
  namespace: {{ .Release.Namespace | quote }}
  {{- include "operator-manager.removalMeta" . | nindent 2 }}
automountServiceAccountToken: false
{{- range $kind, $list := $rules }}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: {{ $kind }}
metadata:
  name: {{ $name | quote }}
  {{- if eq $kind "Role" }}
  namespace: {{ $.Release.Namespace | quote }}
  {{- end }}
  {{- include "operator-manager.removalMeta" $ | nindent 2 }}
rules:
  {{- $list | toYaml | nindent 2 }}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: {{ $kind }}Binding
metadata:
  name: {{ $name | quote }}
  {{- if eq $kind "Role" }}
  namespace: {{ $.Release.Namespace | quote }}
  {{- end }}
  {{- include "operator-manager.removalMeta" $ | nindent 2 }}
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: {{ $kind }}
  name: {{ $name | quote }}
subjects:
  - kind: ServiceAccount
    name: {{ $name | quote }}
    namespace: {{ $.Release.Namespace | quote }}
{{- end }}
{{- /* Absent with --reuse-values of a release that did not have the value. */}}
{{- if ne (toString (.Values.operatorWritePolicy).enabled) "false" }}
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata:
  name: {{ $name | quote }}
  {{- include "operator-manager.removalMeta" . | nindent 2 }}
spec:
  {{- (.Files.Get "files/removal-write-policy.yaml" | replace "__NAMESPACE__" .Release.Namespace | replace "__ACCOUNT__" $name | fromYaml).policy | toYaml | nindent 2 }}
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata:
  name: {{ $name | quote }}
  {{- include "operator-manager.removalMeta" . | nindent 2 }}
spec:
  policyName: {{ $name | quote }}
  validationActions: [Deny]
{{- end }}
---
apiVersion: batch/v1
kind: Job
metadata:
  name: {{ $name | quote }}
  namespace: {{ .Release.Namespace | quote }}
  labels:
    app.kubernetes.io/part-of: rackwright
  annotations:
    helm.sh/hook: post-delete
    # Kept when it fails: its pod says what to do.
    helm.sh/hook-delete-policy: before-hook-creation,hook-succeeded
    helm.sh/hook-output-log-policy: hook-failed
spec:
  backoffLimit: 2
  template:
    metadata:
      labels:
        app.kubernetes.io/part-of: rackwright
        app.kubernetes.io/component: removal
    spec:
      restartPolicy: Never
      serviceAccountName: {{ $name | quote }}
      automountServiceAccountToken: true
      enableServiceLinks: false
      {{- with include "rackwright.operatorPlacement" . | trim }}
      {{- . | nindent 6 }}
      {{- end }}
      securityContext:
        {{- toYaml (default dict .Values.podSecurityContext) | nindent 8 }}
      containers:
        - name: removal
          image: {{ include "rackwright.image" (dict "root" . "image" .Values.image) | quote }}
          imagePullPolicy: {{ .Values.image.pullPolicy }}
          args:
            {{- toYaml $args | nindent 12 }}
          terminationMessagePolicy: FallbackToLogsOnError
          securityContext:
            {{- toYaml (default dict .Values.securityContext) | nindent 12 }}
{{- end }}
{{- end -}}

{{- define "operator-manager.template.serviceaccount" -}}
{{- include "rackwright.serviceAccount" . }}
{{- end -}}

{{- define "operator-manager.template.verify" -}}
apiVersion: v1
kind: Pod
metadata:
  name: {{ include "rackwright.resourceName" (dict "root" . "suffix" "verify") | quote }}
  namespace: {{ .Release.Namespace | quote }}
  labels:
    helm.sh/chart: {{ include "rackwright.labelValue" (printf "%s-%s" .Chart.Name .Chart.Version) | quote }}
    app.kubernetes.io/instance: {{ .Release.Name | quote }}
    app.kubernetes.io/component: verify
  annotations:
    helm.sh/hook: test
    # Not hook-succeeded: Helm 3 would delete the pod before `helm test --logs` reads its log.
    helm.sh/hook-delete-policy: before-hook-creation
spec:
  restartPolicy: Never
  serviceAccountName: {{ include "rackwright.serviceAccountName" . | quote }}
  automountServiceAccountToken: true
  enableServiceLinks: false
  {{- with include "rackwright.operatorPlacement" . | trim }}
  {{- . | nindent 2 }}
  {{- end }}
  securityContext:
    {{- toYaml (default dict .Values.podSecurityContext) | nindent 4 }}
  containers:
    - name: verify
      image: {{ include "rackwright.image" (dict "root" . "image" .Values.image) | quote }}
      imagePullPolicy: {{ .Values.image.pullPolicy }}
      args:
        - verify
        - --timeout=2m
        - --namespace={{ .Release.Namespace }}
        {{- with uniq .Values.controllers | join "," }}
        {{- if ne . "cxidriver" }}
        - --controllers={{ . }}
        {{- end }}
        {{- end }}
      securityContext:
        {{- toYaml (default dict .Values.securityContext) | nindent 8 }}
{{- end -}}

{{- define "operator-manager.template.user-roles" -}}
{{- /* Roles for people: who runs what the controllers look after, and who looks at it. */ -}}
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata:
  name: {{ include "rackwright.resourceName" (dict "root" . "suffix" "editor") | quote }}
  labels:
    {{- include "rackwright.labels" . | nindent 4 }}
rules:
  {{- include "rackwright.controllerRules" (dict "root" . "controllers" .Values.controllers "key" "editorRules") | nindent 2 }}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata:
  name: {{ include "rackwright.resourceName" (dict "root" . "suffix" "viewer") | quote }}
  labels:
    {{- include "rackwright.labels" . | nindent 4 }}
    rbac.authorization.k8s.io/aggregate-to-view: "true"
rules:
  {{- include "rackwright.controllerRules" (dict "root" . "controllers" .Values.controllers "key" "viewerRules") | nindent 2 }}
{{- end -}}
