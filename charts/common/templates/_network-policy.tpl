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
