# Images of every architecture, built and pushed by BuildKit on a forge:
#
#   npx nx run-many -t build && npx nx run images:stage
#   docker buildx bake -f tools/images/docker-bake.hcl -f dist/bake/docker-bake.json --push
#
# The second file has the apps with their versions, the commit, its time and its repository. BASE_IMAGE and
# MOUNT_TOOLS_IMAGE have to be given, pinned by digest: see docs/images.md.

variable "REGISTRY" {
  default = "ghcr.io/rackwright"
}

variable "PLATFORMS" {
  default = "linux/amd64,linux/arm64"
}

# Such as gcr.io/distroless/cc-debian12@sha256:…
variable "BASE_IMAGE" {
  default = ""
  validation {
    condition     = can(regex("@sha256:[0-9a-f]{64}$", BASE_IMAGE))
    error_message = "Set BASE_IMAGE, pinned by its digest."
  }
}

# A Debian of the same release with util-linux and mount, such as debian:bookworm-slim@sha256:…
variable "MOUNT_TOOLS_IMAGE" {
  default = ""
  validation {
    condition     = can(regex("@sha256:[0-9a-f]{64}$", MOUNT_TOOLS_IMAGE))
    error_message = "Set MOUNT_TOOLS_IMAGE, pinned by its digest."
  }
}

variable "VERSIONS" {
  default = {}
}

variable "REVISION" {
  default = ""
}

variable "CREATED" {
  default = ""
}

variable "SOURCE" {
  default = ""
}

variable "SOURCE_DATE_EPOCH" {
  default = "0"
}

group "default" {
  targets = ["app"]
}

target "common" {
  platforms = split(",", PLATFORMS)
  args      = { SOURCE_DATE_EPOCH = SOURCE_DATE_EPOCH }
}

target "base" {
  inherits   = ["common"]
  context    = "dist/bake"
  dockerfile = "../../tools/images/base/Dockerfile"
  args       = { BASE = BASE_IMAGE }
}

target "app" {
  inherits = ["common"]
  name     = app
  matrix = {
    app = keys(VERSIONS)
  }
  context    = "dist/apps/${app}"
  dockerfile = "../../../apps/${app}/Dockerfile"
  contexts = {
    # BuildKit knows an image with the tag "latest" without it.
    "localhost/rackwright/base"        = "target:base"
    "localhost/rackwright/mount-tools" = "docker-image://${MOUNT_TOOLS_IMAGE}"
  }
  args = {
    VERSION  = VERSIONS[app]
    REVISION = REVISION
    CREATED  = CREATED
    SOURCE   = SOURCE
    # Of the base made here nobody else knows the name or the digest: what is named is what it stands on.
    BASE_NAME   = split("@", BASE_IMAGE)[0]
    BASE_DIGEST = split("@", BASE_IMAGE)[1]
  }
  tags   = ["${REGISTRY}/${app}:${VERSIONS[app]}"]
  attest = ["type=sbom", "type=provenance,mode=max"]
}
