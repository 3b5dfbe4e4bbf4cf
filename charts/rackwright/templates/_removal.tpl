{{/*
A hook that runs `operator-manager remove`, with an account and the rights for it.
Takes a dict: root, name, hook (the events of Helm), args.
*/}}
{{- define "rackwright.removal" -}}
{{- $operator := index .root.Values "operator-manager" }}
{{- $subchart := index .root.Subcharts "operator-manager" }}
{{- $chart := dict "Chart" $subchart.Chart "Files" $subchart.Files "Values" $operator "Release" .root.Release }}
{{- $namespace := .root.Release.Namespace }}
apiVersion: v1
kind: ServiceAccount
metadata:
  name: {{ .name | quote }}
  namespace: {{ $namespace | quote }}
  {{- include "rackwright.removalMeta" . | nindent 2 }}
automountServiceAccountToken: false
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata:
  name: {{ .name | quote }}
  {{- include "rackwright.removalMeta" . | nindent 2 }}
rules:
  {{- .root.Files.Get "files/removal-cluster-rules.yaml" | fromYamlArray | toYaml | nindent 2 }}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata:
  name: {{ .name | quote }}
  {{- include "rackwright.removalMeta" . | nindent 2 }}
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: ClusterRole
  name: {{ .name | quote }}
subjects:
  - kind: ServiceAccount
    name: {{ .name | quote }}
    namespace: {{ $namespace | quote }}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata:
  name: {{ .name | quote }}
  namespace: {{ $namespace | quote }}
  {{- include "rackwright.removalMeta" . | nindent 2 }}
rules:
  {{- .root.Files.Get "files/removal-namespace-rules.yaml" | fromYamlArray | toYaml | nindent 2 }}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata:
  name: {{ .name | quote }}
  namespace: {{ $namespace | quote }}
  {{- include "rackwright.removalMeta" . | nindent 2 }}
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: Role
  name: {{ .name | quote }}
subjects:
  - kind: ServiceAccount
    name: {{ .name | quote }}
    namespace: {{ $namespace | quote }}
{{- /* Absent with --reuse-values of a release that did not have the value. */}}
{{- if ne (toString ($operator.operatorWritePolicy).enabled) "false" }}
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata:
  name: {{ .name | quote }}
  {{- include "rackwright.removalMeta" . | nindent 2 }}
spec:
  {{- (.root.Files.Get "files/removal-write-policy.yaml" | replace "__NAMESPACE__" $namespace | replace "__ACCOUNT__" .name | fromYaml).policy | toYaml | nindent 2 }}
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata:
  name: {{ .name | quote }}
  {{- include "rackwright.removalMeta" . | nindent 2 }}
spec:
  policyName: {{ .name | quote }}
  validationActions: [Deny]
{{- end }}
---
apiVersion: batch/v1
kind: Job
metadata:
  name: {{ .name | quote }}
  namespace: {{ $namespace | quote }}
  labels:
    app.kubernetes.io/part-of: rackwright
  annotations:
    helm.sh/hook: {{ .hook | quote }}
    # Kept when it fails: its pod says what to do. Helm shows that, too, since 3.18.
    helm.sh/hook-delete-policy: before-hook-creation,hook-succeeded
    helm.sh/hook-output-log-policy: hook-failed
spec:
  backoffLimit: 2
  # What the program gives up is said at once; another pod would say the same. A pod
  # that is lost is made again.
  podFailurePolicy:
    rules:
      - action: FailJob
        onExitCodes:
          containerName: cleanup
          operator: In
          values: [1, 2]
  template:
    metadata:
      labels:
        app.kubernetes.io/part-of: rackwright
        app.kubernetes.io/component: cleanup
    spec:
      restartPolicy: Never
      serviceAccountName: {{ .name | quote }}
      automountServiceAccountToken: true
      enableServiceLinks: false
      {{- with include "rackwright.operatorPlacement" $chart | trim }}
      {{- . | nindent 6 }}
      {{- end }}
      securityContext:
        {{- toYaml (default dict $operator.podSecurityContext) | nindent 8 }}
      containers:
        - name: cleanup
          image: {{ include "rackwright.image" (dict "root" $chart "image" $operator.image) | quote }}
          imagePullPolicy: {{ $operator.image.pullPolicy }}
          args:
            {{- toYaml (concat (list "remove" (printf "--namespace=%s" $namespace) (printf "--service-account=%s" (include "rackwright.serviceAccountName" $chart)) (printf "--timeout=%s" .root.Values.cxi.cleanup.timeout)) .args) | nindent 12 }}
          terminationMessagePolicy: FallbackToLogsOnError
          securityContext:
            {{- toYaml (default dict $operator.securityContext) | nindent 12 }}
{{- end -}}

{{- define "rackwright.removalMeta" -}}
labels:
  app.kubernetes.io/part-of: rackwright
annotations:
  helm.sh/hook: {{ .hook | quote }}
  helm.sh/hook-weight: "-10"
  helm.sh/hook-delete-policy: before-hook-creation,hook-succeeded,hook-failed
{{- end -}}
