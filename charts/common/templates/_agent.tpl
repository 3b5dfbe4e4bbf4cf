{{/*
The DaemonSet of a node agent. Takes a dict:
  root             the chart's scope
  args             list of arguments
  port             dict: name, number, the port that serves /healthz, /readyz and /metrics
  securityContext  of the container
  podSecurityContext (optional)
  hostMounts       list of dicts: name, path (on the host), mount (in the container),
                   optional readOnly, propagation, type, real (true: not below host.root)
  env              (optional) list of variables beside NODE_NAME
  serviceAccountToken  whether the pod gets an API token
  hostPID          (optional) true: it sees the processes of the node
  surge            (optional) true: unless told otherwise a new pod starts before the old one ends
  tolerations      (optional) of taints it runs beside whatever the values say
*/}}
{{- define "rackwright.agent" -}}
{{- $root := .root -}}
{{- $values := $root.Values -}}
{{- $container := include "rackwright.containerName" $root -}}
{{- $annotations := dict
  "kubectl.kubernetes.io/default-container" $container
  "prometheus.io/scrape" "true"
  "prometheus.io/port" (toString .port.number)
  "prometheus.io/path" "/metrics"
-}}
{{- $nodeName := dict "name" "NODE_NAME" "valueFrom" (dict "fieldRef" (dict "fieldPath" "spec.nodeName")) -}}
{{- $podSecurityContext := merge (dict) (default (dict) .podSecurityContext) (dict "seccompProfile" (dict "type" "RuntimeDefault")) -}}
{{- /* A privileged container is not confined; a type would confine it. */ -}}
{{- if not .securityContext.privileged -}}
{{- with include "rackwright.seLinuxType" (dict "root" $root "own" $values.seLinuxOptions) -}}
{{- $_ := set $podSecurityContext "seLinuxOptions" (dict "type" .) -}}
{{- end -}}
{{- end -}}
{{- $tolerations := default list $values.tolerations -}}
{{- if not (has (dict "operator" "Exists") $tolerations) -}}
{{- $tolerations = concat $tolerations (default list .tolerations) | uniq -}}
{{- end -}}
apiVersion: apps/v1
kind: DaemonSet
metadata:
  name: {{ include "rackwright.fullname" $root | quote }}
  namespace: {{ $root.Release.Namespace | quote }}
  labels:
    {{- include "rackwright.labels" $root | nindent 4 }}
spec:
  selector:
    matchLabels:
      {{- include "rackwright.selectorLabels" $root | nindent 6 }}
  updateStrategy:
    {{- include "rackwright.updateStrategy" (dict "strategy" $values.updateStrategy "surge" .surge) | nindent 4 }}
  template:
    metadata:
      labels:
        {{- include "rackwright.labels" $root | nindent 8 }}
      {{- with include "rackwright.merged" (dict "fixed" $annotations "own" $values.podAnnotations "from" "podAnnotations") }}
      annotations:
        {{- . | nindent 8 }}
      {{- end }}
    spec:
      serviceAccountName: {{ include "rackwright.serviceAccountName" $root | quote }}
      automountServiceAccountToken: {{ .serviceAccountToken }}
      enableServiceLinks: false
      {{- if .hostPID }}
      hostPID: true
      {{- end }}
      {{- with include "rackwright.placement" (dict "Chart" $root.Chart "Release" $root.Release "Values" $values "tolerations" $tolerations) | trim }}
      {{- . | nindent 6 }}
      {{- end }}
      terminationGracePeriodSeconds: {{ int64 $values.terminationGracePeriodSeconds }}
      securityContext:
        {{- toYaml $podSecurityContext | nindent 8 }}
      containers:
        - name: {{ $container | quote }}
          image: {{ include "rackwright.image" (dict "root" $root "image" $values.image) | quote }}
          imagePullPolicy: {{ $values.image.pullPolicy }}
          args:
            {{- include "rackwright.args" (dict "fixed" (append .args (printf "--log-level=%s" $values.logLevel)) "own" $values.extraArgs) | nindent 12 }}
          env:
            {{- include "rackwright.env" (dict "fixed" (prepend (default (list) .env) $nodeName) "own" $values.extraEnv) | nindent 12 }}
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
            {{- include "rackwright.resources" $values.resources | nindent 12 }}
          securityContext:
            {{- toYaml .securityContext | nindent 12 }}
          volumeMounts:
            {{- range .hostMounts }}
            - name: {{ .name }}
              mountPath: {{ .mount | quote }}
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
            path: {{ ternary .path (include "rackwright.hostPath" (dict "root" $root "path" .path)) (default false .real) | quote }}
            {{- with .type }}
            type: {{ . }}
            {{- end }}
        {{- end }}
{{- end -}}
