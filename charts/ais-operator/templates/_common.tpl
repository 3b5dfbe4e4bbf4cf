{{- /* Generated from charts/common by `npm run generate`. Do not edit. */ -}}
{{/*
Role and binding of an agent in its own chart, with the rights that files/agent.yaml
names. Takes a dict: root, namespaced (whether it gets those in its namespace, too),
namespaceRules (optional, in place of those).
*/}}
{{- define "rackwright.agentRbac" -}}
{{- $root := .root -}}
{{- $rights := ($root.Files.Get "files/agent.yaml" | fromYaml).rights -}}
{{- $kinds := list (dict "role" "ClusterRole" "rules" $rights.cluster) -}}
{{- with default (ternary $rights.namespace list (default false .namespaced)) .namespaceRules -}}
{{- $kinds = append $kinds (dict "role" "Role" "namespace" $root.Release.Namespace "rules" .) -}}
{{- end -}}
{{- range $i, $kind := $kinds }}
{{- if $i }}
---
{{- end }}
apiVersion: rbac.authorization.k8s.io/v1
kind: {{ $kind.role }}
metadata:
  name: {{ include "rackwright.fullname" $root | quote }}
  {{- with $kind.namespace }}
  namespace: {{ . | quote }}
  {{- end }}
  labels:
    {{- include "rackwright.labels" $root | nindent 4 }}
rules:
  {{- $kind.rules | toYaml | nindent 2 }}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: {{ $kind.role }}Binding
metadata:
  name: {{ include "rackwright.fullname" $root | quote }}
  {{- with $kind.namespace }}
  namespace: {{ . | quote }}
  {{- end }}
  labels:
    {{- include "rackwright.labels" $root | nindent 4 }}
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: {{ $kind.role }}
  name: {{ include "rackwright.fullname" $root | quote }}
subjects:
  - kind: ServiceAccount
    name: {{ include "rackwright.serviceAccountName" $root | quote }}
    namespace: {{ $root.Release.Namespace | quote }}
{{- end }}
{{- end -}}

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

{{/*
What comes with a controller, from files/controllers, with the names of this
release in it, as YAML. Takes a dict: root, name.
*/}}
{{- define "rackwright.controller" -}}
{{- $root := .root -}}
{{- $text := $root.Files.Get (printf "files/controllers/%s.yaml" .name) -}}
{{- range $suffix, $_ := ($text | fromYaml).agentRoles -}}
{{- $text = $text | replace (printf "__ROLE_%s__" $suffix) (include "rackwright.resourceName" (dict "root" $root "suffix" $suffix)) -}}
{{- end -}}
{{- $text | replace "__NAMESPACE__" $root.Release.Namespace -}}
{{- end -}}

{{/*
Rules of one kind of the controllers an operator runs, each once, as YAML. Takes a
dict: root, controllers (their names), key (clusterRules, namespaceRules, crdsRules,
editorRules, viewerRules).
*/}}
{{- define "rackwright.controllerRules" -}}
{{- $root := .root -}}
{{- $key := .key -}}
{{- $rules := list -}}
{{- range uniq .controllers -}}
{{- $rules = concat $rules (index (include "rackwright.controller" (dict "root" $root "name" .) | fromYaml) $key) -}}
{{- end -}}
{{- uniq $rules | toYaml -}}
{{- end -}}

{{/*
Where the operator may run, and jobs and tests that stand in for it: on nodes it has
tainted, too. Where there are no others nobody would take the taints away.
*/}}
{{- define "rackwright.operatorPlacement" -}}
{{- $tolerations := default list .Values.tolerations -}}
{{- range uniq .Values.controllers -}}
{{- $controller := include "rackwright.controller" (dict "root" $ "name" .) | fromYaml -}}
{{- $tolerations = concat $tolerations (default list $controller.tolerations) -}}
{{- end -}}
{{- include "rackwright.placement" (dict "Chart" .Chart "Release" .Release "Values" .Values "tolerations" (uniq $tolerations)) -}}
{{- end -}}

{{/*
The DaemonSet of an agent of which files/agent.yaml says what it is: port, privileges,
mounts. An operator rolls out the same. Takes a dict:
  root        the chart's scope
  args        list of arguments
  portNumber  that serves /healthz, /readyz and /metrics
  env         (optional) list of variables beside NODE_NAME
  purposes    (optional) which mounts and privileges with a purpose it needs
  kubeletDir, cdiDir  (optional) the node's folders that mounts name
*/}}
{{- define "rackwright.describedAgent" -}}
{{- $agent := .root.Files.Get "files/agent.yaml" | fromYaml -}}
{{- $purposes := default (list) .purposes -}}
{{- $kubeletDir := default "" .kubeletDir | trimSuffix "/" -}}
{{- $cdiDir := default "" .cdiDir -}}
{{- $privileges := pick $agent "hostPID" "securityContext" -}}
{{- range $purposes -}}
{{- with dig "privilegesFor" . nil $agent -}}
{{- $privileges = . -}}
{{- end -}}
{{- end -}}
{{- $mounts := list -}}
{{- range $agent.hostMounts -}}
{{- if or (not .purpose) (has .purpose $purposes) -}}
{{- $path := .path | replace "__KUBELET_DIR__" $kubeletDir | replace "__CDI_DIR__" $cdiDir -}}
{{- $mount := .mount | replace "__KUBELET_DIR__" $kubeletDir -}}
{{- $mounts = append $mounts (merge (dict "path" $path "mount" $mount) .) -}}
{{- end -}}
{{- end -}}
{{- include "rackwright.agent" (dict
  "root" .root
  "args" .args
  "env" .env
  "port" (dict "name" $agent.portName "number" .portNumber)
  "serviceAccountToken" $agent.serviceAccountToken
  "surge" $agent.surge
  "tolerations" $agent.tolerations
  "hostPID" $privileges.hostPID
  "securityContext" $privileges.securityContext
  "hostMounts" $mounts) -}}
{{- end -}}

{{/* The host tree the agents look at: global.host.root, then host.root. */}}
{{- define "rackwright.hostRoot" -}}
{{- $global := default dict .Values.global -}}
{{- $host := default dict $global.host -}}
{{- default .Values.host.root $host.root -}}
{{- end -}}

{{/* A path below the host tree on the node. Takes a dict: root, path. */}}
{{- define "rackwright.hostPath" -}}
{{- $base := include "rackwright.hostRoot" .root | trimSuffix "/" -}}
{{- printf "%s%s" $base .path -}}
{{- end -}}

{{/*
Full image reference. Takes a dict: root (the chart's scope), image (repository,
tag, digest), optional version. A digest wins over a tag, the tag defaults to the
version, that to the chart's app's, and global.imageRegistry replaces the registry.
*/}}
{{- define "rackwright.image" -}}
{{- $global := default dict .root.Values.global -}}
{{- $repository := .image.repository -}}
{{- with $global.imageRegistry -}}
{{- $repository = printf "%s/%s" . (regexReplaceAll "^[^/]*[.:][^/]*/" $repository "") -}}
{{- end -}}
{{- if .image.digest -}}
{{- printf "%s@%s" $repository .image.digest -}}
{{- else -}}
{{- printf "%s:%s" $repository (coalesce .image.tag .version .root.Chart.AppVersion) -}}
{{- end -}}
{{- end -}}

{{/*
The pull secrets of every pod, as JSON: the global ones, then the chart's own,
each once. An entry is the name of a Secret, or an object with that name.
*/}}
{{- define "rackwright.imagePullSecrets" -}}
{{- $global := default dict .Values.global -}}
{{- $secrets := list -}}
{{- range concat (default list $global.imagePullSecrets) (default list .Values.imagePullSecrets) -}}
{{- $name := . -}}
{{- if kindIs "map" . -}}
{{- $name = get . "name" -}}
{{- end -}}
{{- if not (and (kindIs "string" $name) $name) -}}
{{- fail (printf "imagePullSecrets: %s is neither the name of a Secret nor an object with a name" (toJson .)) -}}
{{- end -}}
{{- $_ := include "rackwright.validName" (dict "name" $name "from" "imagePullSecrets" "given" $name) -}}
{{- $secrets = append $secrets (dict "name" $name) -}}
{{- end -}}
{{- uniq $secrets | toJson -}}
{{- end -}}

{{/* Labels that select the app's pods; they never change over an upgrade. */}}
{{- define "rackwright.selectorLabels" -}}
app.kubernetes.io/name: {{ include "rackwright.name" . | quote }}
app.kubernetes.io/instance: {{ .Release.Name | quote }}
{{- end -}}

{{/* Labels of every object. */}}
{{- define "rackwright.labels" -}}
helm.sh/chart: {{ include "rackwright.labelValue" (printf "%s-%s" .Chart.Name .Chart.Version) | quote }}
{{ include "rackwright.selectorLabels" . }}
app.kubernetes.io/version: {{ include "rackwright.labelValue" .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service | quote }}
app.kubernetes.io/part-of: rackwright
{{- end -}}

{{/* Text as the value of a label: the + of a version becomes _, and 63 characters are kept. Takes text. */}}
{{- define "rackwright.labelValue" -}}
{{- $text := regexReplaceAll "[^-A-Za-z0-9_.]" . "_" | trunc 63 -}}
{{- regexReplaceAll "^[^A-Za-z0-9]+|[^A-Za-z0-9]+$" $text "" -}}
{{- end -}}

{{/* A value that is not text, such as false or 1000000, as the text a user means by it. Takes a dict: value, from. */}}
{{- define "rackwright.text" -}}
{{- if kindIs "string" .value -}}
{{- .value -}}
{{- else if or (kindIs "bool" .value) (kindIs "float64" .value) (kindIs "int64" .value) (kindIs "int" .value) -}}
{{- toJson .value -}}
{{- else -}}
{{- fail (printf "%s: %s is not text" .from (toJson .value)) -}}
{{- end -}}
{{- end -}}

{{/* Resources of a container, their quantities as text. Takes the value resources. */}}
{{- define "rackwright.resources" -}}
{{- $resources := deepCopy (default dict .) -}}
{{- range $kind := list "requests" "limits" -}}
{{- range $name, $quantity := get $resources $kind | default dict -}}
{{- $_ := set (get $resources $kind) $name (include "rackwright.text" (dict "value" $quantity "from" (printf "resources.%s.%s" $kind $name))) -}}
{{- end -}}
{{- end -}}
{{- toYaml $resources -}}
{{- end -}}

{{/*
A map of labels or annotations: what the chart sets, and over it what the user
gives under the same keys. A key given as null is left out. Takes a dict: fixed,
own, from (the name of the user's value), labels (whether the values are those of labels).
*/}}
{{- define "rackwright.merged" -}}
{{- $from := .from -}}
{{- $labels := .labels -}}
{{- $merged := deepCopy (default dict .fixed) -}}
{{- range $key, $value := default dict .own -}}
{{- if not (regexMatch "^([a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$" $key) -}}
{{- fail (printf "%s: %q cannot be the key of a label or an annotation" $from $key) -}}
{{- end -}}
{{- if kindIs "invalid" $value -}}
{{- $_ := unset $merged $key -}}
{{- else -}}
{{- $text := include "rackwright.text" (dict "value" $value "from" (printf "%s.%s" $from $key)) -}}
{{- if and $labels (not (regexMatch "^([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$" $text)) -}}
{{- fail (printf "%s.%s: %q cannot be the value of a label: up to 63 letters, digits, '-', '_' and '.' are allowed, and a letter or digit at both ends" $from $key $text) -}}
{{- end -}}
{{- $_ := set $merged $key $text -}}
{{- end -}}
{{- end -}}
{{- if $merged -}}
{{- toYaml $merged -}}
{{- end -}}
{{- end -}}

{{/*
Arguments of a container: those of the chart, without flags the user gives too,
and those of the user. Takes a dict: fixed, own.
*/}}
{{- define "rackwright.args" -}}
{{- $own := list -}}
{{- $given := list -}}
{{- range default list .own -}}
{{- $text := include "rackwright.text" (dict "value" . "from" "extraArgs") -}}
{{- $own = append $own $text -}}
{{- if hasPrefix "-" $text -}}
{{- $given = append $given (regexReplaceAll "(?s)^--?([^=]*).*$" $text "${1}") -}}
{{- end -}}
{{- end -}}
{{- $kept := list -}}
{{- range .fixed -}}
{{- if not (has (regexReplaceAll "(?s)^--?([^=]*).*$" . "${1}") $given) -}}
{{- $kept = append $kept . -}}
{{- end -}}
{{- end -}}
{{- toYaml (concat $kept $own) -}}
{{- end -}}

{{/*
Environment of a container: each name once, the last one given wins, as it does
in a container. Takes a dict: fixed, own.
*/}}
{{- define "rackwright.env" -}}
{{- $kept := list -}}
{{- $names := list -}}
{{- range reverse (concat .fixed (default list .own)) -}}
{{- if not (and (kindIs "map" .) (kindIs "string" (get . "name"))) -}}
{{- fail (printf "extraEnv: %s has no name" (toJson .)) -}}
{{- end -}}
{{- if not (has .name $names) -}}
{{- $names = append $names .name -}}
{{- $entry := deepCopy . -}}
{{- if kindIs "invalid" $entry.value -}}
{{- $_ := unset $entry "value" -}}
{{- else -}}
{{- $_ := set $entry "value" (include "rackwright.text" (dict "value" $entry.value "from" (printf "extraEnv: %s" .name))) -}}
{{- end -}}
{{- $kept = prepend $kept $entry -}}
{{- end -}}
{{- end -}}
{{- toYaml $kept -}}
{{- end -}}

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

{{/*
A NetworkPolicy that lets nothing into pods but connections to the ports given,
from the peers of the value networkPolicy.from, or from everywhere when there are
none. The kubelet's probes come from the node, which every network lets through.
Takes a dict: root, name, selector (a pod selector as YAML), ports (numbers or names).
*/}}
{{- define "rackwright.networkPolicy" -}}
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: {{ .name | quote }}
  namespace: {{ .root.Release.Namespace | quote }}
  labels:
    {{- include "rackwright.labels" .root | nindent 4 }}
spec:
  podSelector:
    {{- .selector | nindent 4 }}
  policyTypes: [Ingress]
  ingress:
    - ports:
        {{- range .ports }}
        - port: {{ . }}
          protocol: TCP
        {{- end }}
      {{- with .root.Values.networkPolicy.from }}
      from:
        {{- toYaml . | nindent 8 }}
      {{- end }}
{{- end -}}

{{/* The NetworkPolicy of a node agent's own chart, if it is wanted. Takes a dict: root, port (a number). */}}
{{- define "rackwright.agentNetworkPolicy" -}}
{{- if (.root.Values.networkPolicy).enabled -}}
{{- $selector := include "rackwright.selectorLabels" .root | nindent 2 | printf "matchLabels:%s" -}}
{{- include "rackwright.networkPolicy" (dict "root" .root "name" (include "rackwright.fullname" .root) "selector" $selector "ports" (list .port)) -}}
{{- end -}}
{{- end -}}

{{/*
Where the pods of an app may run, and what their image is pulled with. Pods of
Helm hooks take it too: on a cluster where the app needs a toleration or a pull
secret, a hook without it waits until Helm gives up. Takes a chart's scope, and in it,
optional, tolerations in place of those of its values.
*/}}
{{- define "rackwright.placement" -}}
{{- $fields := dict
  "imagePullSecrets" (include "rackwright.imagePullSecrets" . | fromJsonArray)
  "priorityClassName" .Values.priorityClassName
  "nodeSelector" (include "rackwright.merged" (dict "own" .Values.nodeSelector "from" "nodeSelector" "labels" true) | fromYaml)
  "tolerations" (default .Values.tolerations .tolerations)
  "affinity" (include "rackwright.affinity" . | fromJson)
-}}
{{- range $name, $value := $fields }}
{{- with $value }}
{{ toYaml (dict $name .) }}
{{- end }}
{{- end }}
{{- end -}}

{{/* Architectures the images exist for, as JSON: the global ones, then the chart's own. */}}
{{- define "rackwright.architectures" -}}
{{- $global := default dict .Values.global -}}
{{- default (default list .Values.architectures) $global.architectures | uniq | toJson -}}
{{- end -}}

{{/*
What keeps pods off nodes without a kubelet of their own (virtual, simulated), as
JSON: there is nothing to serve. Who names one of the labels in nodeSelector wants
them. The operator does the same (apps/operator-manager, virtual-nodes.ts).
*/}}
{{- define "rackwright.noVirtualNodes" -}}
{{- $selector := include "rackwright.merged" (dict "own" .Values.nodeSelector "from" "nodeSelector" "labels" true) | fromYaml -}}
{{- $expressions := list
  (dict "key" "type" "operator" "NotIn" "values" (list "virtual-kubelet" "kwok"))
  (dict "key" "virtual-kubelet.io/provider" "operator" "DoesNotExist")
  (dict "key" "eks.amazonaws.com/compute-type" "operator" "NotIn" "values" (list "fargate"))
  (dict "key" "liqo.io/type" "operator" "NotIn" "values" (list "virtual-node"))
-}}
{{- $wanted := list -}}
{{- range $expressions }}{{- if not (hasKey $selector .key) }}{{- $wanted = append $wanted . }}{{- end }}{{- end -}}
{{- toJson $wanted -}}
{{- end -}}

{{/*
The affinity of the values, as JSON, held to nodes that have a kubelet and one of
the images' architectures: on others a container ends at once with "exec format
error". Terms are alternatives, so each of them has to ask for it.
*/}}
{{- define "rackwright.affinity" -}}
{{- $affinity := deepCopy (default dict .Values.affinity) -}}
{{- $node := default dict $affinity.nodeAffinity -}}
{{- $required := default dict $node.requiredDuringSchedulingIgnoredDuringExecution -}}
{{- $wanted := include "rackwright.noVirtualNodes" . | fromJsonArray -}}
{{- with include "rackwright.architectures" . | fromJsonArray -}}
{{- $wanted = prepend $wanted (dict "key" "kubernetes.io/arch" "operator" "In" "values" .) -}}
{{- end -}}
{{- with $wanted -}}
{{- $terms := list -}}
{{- range default (list dict) $required.nodeSelectorTerms -}}
{{- $terms = append $terms (merge (dict "matchExpressions" (concat (default list .matchExpressions) $wanted)) .) -}}
{{- end -}}
{{- $_ := set $required "nodeSelectorTerms" $terms -}}
{{- $_ := set $node "requiredDuringSchedulingIgnoredDuringExecution" $required -}}
{{- $_ := set $affinity "nodeAffinity" $node -}}
{{- end -}}
{{- toJson $affinity -}}
{{- end -}}

{{/* The SELinux type of agents: global.seLinuxOptions.type, then that of the block given. Takes a dict: root, own. */}}
{{- define "rackwright.seLinuxType" -}}
{{- $global := default dict .root.Values.global -}}
{{- $type := coalesce (default dict $global.seLinuxOptions).type (default dict .own).type | default "" -}}
{{- if not (regexMatch "^([A-Za-z][A-Za-z0-9_.]*)?$" $type) -}}
{{- fail (printf "seLinuxOptions.type: %q is not the name of an SELinux type such as container_device_plugin_t" $type) -}}
{{- end -}}
{{- $type -}}
{{- end -}}

{{/* The ServiceAccount of an app, if the chart makes it. */}}
{{- define "rackwright.serviceAccount" -}}
{{- if .Values.serviceAccount.create -}}
apiVersion: v1
kind: ServiceAccount
metadata:
  name: {{ include "rackwright.serviceAccountName" . | quote }}
  namespace: {{ .Release.Namespace | quote }}
  labels:
    {{- include "rackwright.labels" . | nindent 4 }}
  {{- with include "rackwright.merged" (dict "own" .Values.serviceAccount.annotations "from" "serviceAccount.annotations") }}
  annotations:
    {{- . | nindent 4 }}
  {{- end }}
automountServiceAccountToken: false
{{- end -}}
{{- end -}}

{{/*
How a DaemonSet replaces its pods. Takes a dict: strategy (the value
updateStrategy), surge (whether it is maxSurge that is 1 when neither is set).
The API server wants exactly one of maxSurge and maxUnavailable other than 0, and
takes a maxUnavailable that is left out for 1, so both are always written.
*/}}
{{- define "rackwright.updateStrategy" -}}
type: {{ .strategy.type }}
{{- if eq .strategy.type "RollingUpdate" }}
{{- $given := default dict .strategy.rollingUpdate }}
{{- $surge := include "rackwright.text" (dict "value" (get $given "maxSurge") "from" "updateStrategy.rollingUpdate.maxSurge") }}
{{- $unavailable := include "rackwright.text" (dict "value" (get $given "maxUnavailable") "from" "updateStrategy.rollingUpdate.maxUnavailable") }}
{{- if and (eq $surge "") (eq $unavailable "") }}
{{- if .surge }}{{ $surge = "1" }}{{ else }}{{ $unavailable = "1" }}{{ end }}
{{- end }}
{{- $none := list "" "0" "0%" }}
{{- if eq (has $surge $none) (has $unavailable $none) }}
{{- fail (printf "updateStrategy.rollingUpdate: one of maxSurge (%s) and maxUnavailable (%s) has to be 0 and the other must not be" (default "0" $surge) (default "0" $unavailable)) }}
{{- end }}
rollingUpdate:
  maxSurge: {{ default "0" $surge }}
  maxUnavailable: {{ default "0" $unavailable }}
{{- end }}
{{- end -}}

{{/*
Whether a chart that came to the umbrella after its first release is wanted there.
`helm upgrade --reuse-values` of an earlier release lacks its value `enabled`, and
Helm takes a condition without a value for true. Empty for no.
*/}}
{{- define "rackwright.wanted" -}}
{{- $inUmbrella := hasSuffix (printf "rackwright/charts/%s/templates" .Chart.Name) .Template.BasePath -}}
{{- if or .Values.enabled (not (or (hasKey .Values "enabled") $inUmbrella)) -}}
true
{{- end -}}
{{- end -}}
