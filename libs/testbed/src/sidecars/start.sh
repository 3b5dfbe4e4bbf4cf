#!/bin/sh
# Starts a CSI sidecar, a Go program, as a container of a simulated node. There a
# folder stands for the container's /, and addresses of pods are ones of loopback;
# the program knows nothing of that. Its in-cluster configuration has fixed paths,
# so it gets a kubeconfig with the pod's own account instead.
#
# start.sh PROGRAM [FLAG...]
set -eu
root=$RACKWRIGHT_SANDBOX_ROOT
address=$RACKWRIGHT_SANDBOX_ADDRESS
account=$root/var/run/secrets/kubernetes.io/serviceaccount
program=$1
shift

# The path, on this machine, of a socket in the container, which need not be there yet.
# Its folder's links are followed: unix sockets have room for 107 bytes.
socket() {
  path=${1#unix://}
  echo "unix://$(realpath "$root$(dirname "$path")")/$(basename "$path")"
}

for flag; do
  shift
  case $flag in
  --csi-address=* | -csi-address=*) flag=${flag%%=*}=$(socket "${flag#*=}") ;;
  --metrics-address=:* | --http-endpoint=:*) flag=${flag%%=*}=$address${flag#*=} ;;
  esac
  set -- "$@" "$flag"
done

config=$root/kubeconfig.json
cat >"$config" <<JSON
{
  "apiVersion": "v1", "kind": "Config", "current-context": "pod",
  "clusters": [{"name": "pod", "cluster": {
    "server": "https://$KUBERNETES_SERVICE_HOST:$KUBERNETES_SERVICE_PORT",
    "certificate-authority": "$account/ca.crt"}}],
  "users": [{"name": "pod", "user": {"tokenFile": "$account/token"}}],
  "contexts": [{"name": "pod", "context": {"cluster": "pod", "user": "pod",
    "namespace": "$(cat "$account/namespace")"}}]
}
JSON
exec "$program" "--kubeconfig=$config" "$@"
