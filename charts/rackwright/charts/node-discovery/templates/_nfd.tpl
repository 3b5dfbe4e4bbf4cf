{{- /* Not empty where the cluster serves NodeFeatures. */ -}}
{{- define "node-discovery.nfdServed" -}}
{{- if .Capabilities.APIVersions.Has "nfd.k8s-sigs.io/v1alpha1" }}true{{ end -}}
{{- end -}}
