{{/*
The DaemonSet of a node agent. Takes a dict:
  root             the chart's scope
  args             list of arguments
  port             dict: name, number, the port that serves /healthz, /readyz and /metrics
  securityContext  of the container
  podSecurityContext (optional)
  hostMounts       list of dicts: name, path (on the host), mount (in the container),
                   optional readOnly, propagation, type, real (true: not below host.root)
  serviceAccountToken  whether the pod gets an API token
  surge            (optional) true: unless told otherwise a new pod starts before the old one ends
*/}}
{{- define "common.agent" -}}
{{- $root := .root -}}
{{- $values := $root.Values -}}
apiVersion: apps/v1
kind: DaemonSet
metadata:
  name: {{ include "common.fullname" $root }}
  namespace: {{ $root.Release.Namespace }}
  labels:
    {{- include "common.labels" $root | nindent 4 }}
spec:
  selector:
    matchLabels:
      {{- include "common.selectorLabels" $root | nindent 6 }}
  updateStrategy:
    {{- include "common.updateStrategy" (dict "strategy" $values.updateStrategy "surge" .surge) | nindent 4 }}
  template:
    metadata:
      labels:
        {{- include "common.labels" $root | nindent 8 }}
      annotations:
        kubectl.kubernetes.io/default-container: {{ $root.Chart.Name }}
        prometheus.io/scrape: "true"
        prometheus.io/port: {{ .port.number | quote }}
        prometheus.io/path: /metrics
        {{- with $values.podAnnotations }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
    spec:
      serviceAccountName: {{ include "common.serviceAccountName" $root }}
      automountServiceAccountToken: {{ .serviceAccountToken }}
      enableServiceLinks: false
      {{- with include "common.placement" $root | trim }}
      {{- . | nindent 6 }}
      {{- end }}
      terminationGracePeriodSeconds: {{ $values.terminationGracePeriodSeconds }}
      securityContext:
        {{- toYaml (merge (dict) (default (dict) .podSecurityContext) (dict "seccompProfile" (dict "type" "RuntimeDefault"))) | nindent 8 }}
        {{- /* A privileged container is not confined; a type would confine it. */}}
        {{- if not .securityContext.privileged }}
        {{- with include "common.seLinuxType" (dict "root" $root "own" $values.seLinuxOptions) }}
        seLinuxOptions:
          type: {{ . }}
        {{- end }}
        {{- end }}
      containers:
        - name: {{ $root.Chart.Name }}
          image: {{ include "common.image" (dict "root" $root "image" $values.image) | quote }}
          imagePullPolicy: {{ $values.image.pullPolicy }}
          args:
            {{- toYaml .args | nindent 12 }}
            - --log-level={{ $values.logLevel }}
            {{- with $values.extraArgs }}
            {{- toYaml . | nindent 12 }}
            {{- end }}
          env:
            - name: NODE_NAME
              valueFrom:
                fieldRef:
                  fieldPath: spec.nodeName
            {{- with $values.extraEnv }}
            {{- toYaml . | nindent 12 }}
            {{- end }}
          ports:
            - name: {{ .port.name }}
              containerPort: {{ .port.number }}
          livenessProbe:
            httpGet:
              path: /healthz
              port: {{ .port.name }}
            initialDelaySeconds: 10
            periodSeconds: 30
            timeoutSeconds: 5
          readinessProbe:
            httpGet:
              path: /readyz
              port: {{ .port.name }}
            initialDelaySeconds: 1
            periodSeconds: 3
            timeoutSeconds: 5
          resources:
            {{- toYaml $values.resources | nindent 12 }}
          securityContext:
            {{- toYaml .securityContext | nindent 12 }}
          volumeMounts:
            {{- range .hostMounts }}
            - name: {{ .name }}
              mountPath: {{ .mount }}
              {{- if .readOnly }}
              readOnly: true
              {{- end }}
              {{- with .propagation }}
              mountPropagation: {{ . }}
              {{- end }}
            {{- end }}
      volumes:
        {{- range .hostMounts }}
        - name: {{ .name }}
          hostPath:
            path: {{ if .real }}{{ .path }}{{ else }}{{ include "common.hostPath" (dict "root" $root "path" .path) }}{{ end }}
            {{- with .type }}
            type: {{ . }}
            {{- end }}
        {{- end }}
{{- end -}}

{{/* The ServiceAccount of an app, if the chart makes it. */}}
{{- define "common.serviceAccount" -}}
{{- if .Values.serviceAccount.create -}}
apiVersion: v1
kind: ServiceAccount
metadata:
  name: {{ include "common.serviceAccountName" . }}
  namespace: {{ .Release.Namespace }}
  labels:
    {{- include "common.labels" . | nindent 4 }}
  {{- with .Values.serviceAccount.annotations }}
  annotations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
automountServiceAccountToken: false
{{- end -}}
{{- end -}}
