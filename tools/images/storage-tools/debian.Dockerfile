# The same as Dockerfile makes of this machine's programs, for every architecture: on a public
# Debian image, with its packages. Only docker buildx bake builds it (docs/images.md).
ARG DEBIAN
FROM ${DEBIAN} AS debian
COPY programs.txt pack.sh /
RUN apt-get update -qq && sh /pack.sh packages | xargs apt-get install -y -qq --no-install-recommends
RUN sh /pack.sh files /rootfs

FROM scratch
COPY --from=debian /rootfs/ /
