{{- /* Generated from charts/node-discovery by `npm run generate`. Do not edit. */ -}}
{{- /* Not empty where the cluster serves NodeFeatures. */ -}}
{{- define "node-discovery.nfdServed" -}}
{{- if .Capabilities.APIVersions.Has "nfd.k8s-sigs.io/v1alpha1" }}true{{ end -}}
{{- end -}}

{{/* Labels and annotations of what the prune job needs. */}}
{{- define "node-discovery.pruneMeta" -}}
labels:
  app.kubernetes.io/part-of: rackwright
annotations:
  helm.sh/hook: post-delete
  helm.sh/hook-weight: "-10"
  helm.sh/hook-delete-policy: before-hook-creation,hook-succeeded,hook-failed
{{- end -}}

{{- define "node-discovery.template.daemonset" -}}
{{- if include "rackwright.wanted" . }}
{{- $ai100 := .Values.ai100 -}}
{{- $args := list -}}
{{- $resource := ternary (list "--pmem-resource") list (default false (default dict .Values.pmem).resource) -}}
{{- $env := list -}}
{{- if ne .Values.mode "Labels" -}}
{{- $args = list (printf "--mode=%s" .Values.mode) (printf "--namespace=%s" .Release.Namespace) -}}
{{- $env = list (dict "name" "POD_NAME" "valueFrom" (dict "fieldRef" (dict "fieldPath" "metadata.name"))) -}}
{{- else if include "node-discovery.nfdServed" . -}}
{{- /* A NodeFeature of an earlier mode is to be taken away. */ -}}
{{- $args = list (printf "--namespace=%s" .Release.Namespace) -}}
{{- end -}}
{{- include "rackwright.describedAgent" (dict
  "root" .
  "portNumber" (int .Values.healthPort)
  "env" $env
  "args" (concat (list
    "--host-root=/host"
    (printf "--interval=%s" .Values.interval)
    (printf "--pci-vendors=%s" (join "," .Values.pci.vendors))
    (printf "--pci-device-labels=%t" .Values.pci.deviceLabels)
    (printf "--ai100-match=%s" $ai100.match)
    (printf "--ai100-model-pattern=%s" $ai100.modelPattern)
    (printf "--ai100-pci-vendors=%s" (join "," $ai100.pciVendors))
    (printf "--ai100-allow-serials=%s" (join "," $ai100.allowSerials))
    (printf "--ai100-deny-serials=%s" (join "," $ai100.denySerials))
    (printf "--firmware-check=%s" $ai100.firmwareCheck)
    (printf "--firmware=%s" (join "," $ai100.firmware))
    (printf "--health-port=%d" (int .Values.healthPort))) $resource $args))
-}}
{{- end }}
{{- end -}}

{{- define "node-discovery.template.network-policy" -}}
{{- if include "rackwright.wanted" . }}
{{- include "rackwright.agentNetworkPolicy" (dict "root" . "port" (int .Values.healthPort)) }}
{{- end }}
{{- end -}}

{{- define "node-discovery.template.node-write-policy" -}}
{{- if include "rackwright.wanted" . }}
{{- /* Values of an earlier release do not have it. */}}
{{- $policy := default (dict) .Values.nodeWritePolicy }}
{{- if ne (toString $policy.enabled) "false" }}
{{- $name := include "rackwright.resourceName" (dict "root" . "suffix" "node-writes") }}
{{- $text := .Files.Get "files/node-write-policy.yaml" | replace "__NAMESPACE__" .Release.Namespace | replace "__ACCOUNT__" (include "rackwright.serviceAccountName" .) }}
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata:
  name: {{ $name | quote }}
  labels:
    {{- include "rackwright.labels" . | nindent 4 }}
spec:
  {{- ($text | fromYaml).policy | toYaml | nindent 2 }}
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
{{- end }}
{{- end -}}

{{- define "node-discovery.template.prune" -}}
{{- if include "rackwright.wanted" . }}
{{- if .Values.cleanup.enabled }}
{{- /*
After the DaemonSet was deleted its pods may still write. A job waits until they
are gone, then takes from every Node what they wrote.
*/}}
{{- $name := include "rackwright.resourceName" (dict "root" . "suffix" "prune") }}
{{- $selector := printf "app.kubernetes.io/name=%s,app.kubernetes.io/instance=%s" (include "rackwright.name" .) .Release.Name }}
apiVersion: v1
kind: ServiceAccount
metadata:
  name: {{ $name | quote }}
  namespace: {{ .Release.Namespace | quote }}
  {{- include "node-discovery.pruneMeta" . | nindent 2 }}
automountServiceAccountToken: false
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata:
  name: {{ $name | quote }}
  {{- include "node-discovery.pruneMeta" . | nindent 2 }}
rules:
  {{- .Files.Get "files/prune-rules.yaml" | fromYamlArray | toYaml | nindent 2 }}
  {{- if (default dict .Values.pmem).resource }}
  {{- .Files.Get "files/resource-rules.yaml" | fromYamlArray | toYaml | nindent 2 }}
  {{- end }}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata:
  name: {{ $name | quote }}
  {{- include "node-discovery.pruneMeta" . | nindent 2 }}
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: ClusterRole
  name: {{ $name | quote }}
subjects:
  - kind: ServiceAccount
    name: {{ $name | quote }}
    namespace: {{ .Release.Namespace | quote }}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata:
  name: {{ $name | quote }}
  namespace: {{ .Release.Namespace | quote }}
  {{- include "node-discovery.pruneMeta" . | nindent 2 }}
rules:
  {{- .Files.Get "files/prune-namespace-rules.yaml" | fromYamlArray | toYaml | nindent 2 }}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata:
  name: {{ $name | quote }}
  namespace: {{ .Release.Namespace | quote }}
  {{- include "node-discovery.pruneMeta" . | nindent 2 }}
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: Role
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
        app.kubernetes.io/component: prune
    spec:
      restartPolicy: Never
      serviceAccountName: {{ $name | quote }}
      automountServiceAccountToken: true
      enableServiceLinks: false
      {{- with include "rackwright.placement" . | trim }}
      {{- . | nindent 6 }}
      {{- end }}
      securityContext:
        seccompProfile:
          type: RuntimeDefault
      containers:
        - name: prune
          image: {{ include "rackwright.image" (dict "root" . "image" .Values.image) | quote }}
          imagePullPolicy: {{ .Values.image.pullPolicy }}
          args:
            - --prune-all
            - {{ printf "--prune-after-pods=%s" $selector | quote }}
            - {{ printf "--prune-timeout=%s" .Values.cleanup.timeout | quote }}
            - {{ printf "--namespace=%s" .Release.Namespace | quote }}
            - {{ printf "--log-level=%s" .Values.logLevel | quote }}
          terminationMessagePolicy: FallbackToLogsOnError
          securityContext:
            runAsNonRoot: true
            runAsUser: 65532
            runAsGroup: 65532
            allowPrivilegeEscalation: false
            readOnlyRootFilesystem: true
            capabilities:
              drop: [ALL]
{{- end }}
{{- end }}
{{- end -}}

{{- define "node-discovery.template.rbac" -}}
{{- if include "rackwright.wanted" . }}
{{- $rules := list }}
{{- if and (eq .Values.mode "Labels") (include "node-discovery.nfdServed" .) }}
{{- $rules = .Files.Get "files/take-back-rules.yaml" | fromYamlArray }}
{{- end }}
{{- include "rackwright.agentRbac" (dict "root" . "namespaced" (ne .Values.mode "Labels") "namespaceRules" $rules) }}
{{- if (default dict .Values.pmem).resource }}
{{- /* Every right to write the status of nodes is in a role of its own. */}}
{{- $name := include "rackwright.resourceName" (dict "root" . "suffix" "resources") }}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata:
  name: {{ $name | quote }}
  labels:
    {{- include "rackwright.labels" . | nindent 4 }}
rules:
  {{- .Files.Get "files/resource-rules.yaml" | fromYamlArray | toYaml | nindent 2 }}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata:
  name: {{ $name | quote }}
  labels:
    {{- include "rackwright.labels" . | nindent 4 }}
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: ClusterRole
  name: {{ $name | quote }}
subjects:
  - kind: ServiceAccount
    name: {{ include "rackwright.serviceAccountName" . | quote }}
    namespace: {{ .Release.Namespace | quote }}
{{- end }}
{{- end }}
{{- end -}}

{{- define "node-discovery.template.serviceaccount" -}}
{{- if include "rackwright.wanted" . }}
{{- include "rackwright.serviceAccount" . }}
{{- end }}
{{- end -}}
