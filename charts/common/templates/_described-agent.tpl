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
