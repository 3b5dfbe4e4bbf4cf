{{/* The SELinux type of agents: global.seLinuxOptions.type, then that of the block given. Takes a dict: root, own. */}}
{{- define "rackwright.seLinuxType" -}}
{{- $global := default dict .root.Values.global -}}
{{- $type := coalesce (default dict $global.seLinuxOptions).type (default dict .own).type | default "" -}}
{{- if not (regexMatch "^([A-Za-z][A-Za-z0-9_.]*)?$" $type) -}}
{{- fail (printf "seLinuxOptions.type: %q is not the name of an SELinux type such as container_device_plugin_t" $type) -}}
{{- end -}}
{{- $type -}}
{{- end -}}
