{{/* What the values say of the device plugin, by both names, as JSON: image, arguments (a list), resources. */}}
{{- define "aidaptivcache.devicePlugin" -}}
{{- $blocks := dict -}}
{{- range $name := list "phison_device_plugin" "devicePlugin" -}}
{{- $block := deepCopy (default dict (get $.Values $name)) -}}
{{- $from := printf "%s.arguments" $name -}}
{{- $_ := set $block "arguments" (include "aidaptivcache.split" (dict "value" $block.arguments "from" $from) | fromJsonArray) -}}
{{- $_ = set $blocks $name $block -}}
{{- end -}}
{{- include "aidaptivcache.joined" (dict
  "one" $blocks.phison_device_plugin
  "other" $blocks.devicePlugin
  "oneName" "phison_device_plugin"
  "otherName" "devicePlugin") -}}
{{- end -}}

{{/*
The fields of an AidaptivCache that arguments of the device plugin are about, as JSON: what
the plugin makes of them. Takes a dict: arguments, spec (without them), from.
*/}}
{{- define "aidaptivcache.argumentFields" -}}
{{- $flags := include "aidaptivcache.flags" (dict "arguments" .arguments "from" .from) | fromJson -}}
{{- $cache := dict -}}
{{- $firmware := dict -}}
{{- $discovery := dict -}}
{{- with $flags.m -}}
{{- /* A block device is mounted as it is, and always there. */ -}}
{{- $_ := set $cache "hostPath" (ternary "/mnt/nvme0" . (hasPrefix "/dev/" .)) -}}
{{- end -}}
{{- with $flags.p -}}{{- $_ := set $cache "podPath" . -}}{{- end -}}
{{- with $flags.f -}}
{{- $_ := set $firmware "allowed" (splitList "," .) -}}
{{- /* Who names the firmware wants it checked. */ -}}
{{- if eq (default "" (default dict $.spec.firmware).check) "Skip" -}}{{- $_ := set $firmware "check" "Enforce" -}}{{- end -}}
{{- end -}}
{{- if $flags.skip_firmware_check -}}
{{- $_ := set $firmware "check" "Skip" -}}
{{- $_ = set $discovery "match" "AnyNvme" -}}
{{- end -}}
{{- $fields := dict -}}
{{- range $name, $block := dict "cache" $cache "firmware" $firmware "discovery" $discovery -}}
{{- if $block -}}{{- $_ := set $fields $name $block -}}{{- end -}}
{{- end -}}
{{- toJson $fields -}}
{{- end -}}

{{/*
The image a value names, with what it leaves out, or nothing when it says nothing: the
operator has one then. Takes a dict: root, app, value (its name), image.
*/}}
{{- define "aidaptivcache.image" -}}
{{- $image := default dict .image -}}
{{- if or $image.repository $image.tag $image.digest -}}
{{- $versions := .root.Files.Get "files/agent-versions.yaml" | fromYaml -}}
{{- $whole := merge (dict "repository" (default (printf "ghcr.io/rackwright/%s" .app) $image.repository)) $image -}}
{{- $reference := include "rackwright.image" (dict "root" .root "image" $whole "version" (get $versions .app)) -}}
{{- if gt (len $reference) 512 -}}
{{- fail (printf "%s: with its registry, repository and tag the image has %d characters, and may have 512" .value (len $reference)) -}}
{{- end -}}
{{- $reference -}}
{{- end -}}
{{- end -}}

{{/*
The spec of the AidaptivCache, as JSON: what the values of the older chart come to, over it
aidaptivCache.spec, and over that what the arguments of the device plugin say.
*/}}
{{- define "aidaptivcache.spec" -}}
{{- $plugin := include "aidaptivcache.devicePlugin" . | fromJson -}}
{{- $exporter := .Values.exporter -}}
{{- $devicePlugin := dict -}}
{{- with include "aidaptivcache.image" (dict "root" . "app" "ai100-device-plugin" "value" "devicePlugin.image" "image" $plugin.image) -}}
{{- $_ := set $devicePlugin "image" . -}}
{{- end -}}
{{- with $plugin.resources -}}
{{- $_ := set $devicePlugin "resources" (include "rackwright.resources" . | fromYaml) -}}
{{- end -}}
{{- $metrics := dict "port" $exporter.containerPort -}}
{{- if $exporter.allDisk -}}
{{- $_ := set $metrics "scope" "AllDisk" -}}
{{- else if $exporter.allNvme -}}
{{- $_ := set $metrics "scope" "AllNvme" -}}
{{- end -}}
{{- with include "aidaptivcache.image" (dict "root" . "app" "nvme-exporter" "value" "exporter.image" "image" $exporter.image) -}}
{{- $_ := set $metrics "image" . -}}
{{- end -}}
{{- if ne (toString $exporter.enabled) "true" -}}{{- $_ := set $metrics "enabled" false -}}{{- end -}}
{{- $spec := dict "exporter" $metrics -}}
{{- if $devicePlugin -}}{{- $_ := set $spec "devicePlugin" $devicePlugin -}}{{- end -}}
{{- $spec = include "aidaptivcache.over" (dict "under" $spec "over" .Values.aidaptivCache.spec) | fromJson -}}
{{- /* YAML reads Off without quotes as false. */ -}}
{{- with $spec.recovery -}}
{{- if eq (toString .mode) "false" -}}{{- $_ := set . "mode" "Off" -}}{{- end -}}
{{- end -}}
{{- with $plugin.arguments -}}
{{- $from := ternary "phison_device_plugin.arguments" "devicePlugin.arguments" (not (empty (default dict $.Values.phison_device_plugin).arguments)) -}}
{{- $fields := include "aidaptivcache.argumentFields" (dict "arguments" . "spec" $spec "from" $from) | fromJson -}}
{{- $_ := set $fields "devicePlugin" (dict "arguments" .) -}}
{{- $spec = include "aidaptivcache.over" (dict "under" $spec "over" $fields) | fromJson -}}
{{- end -}}
{{- toJson $spec -}}
{{- end -}}
