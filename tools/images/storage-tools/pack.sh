#!/bin/sh
# pack.sh packages      prints the Debian packages of the programs in /programs.txt
# pack.sh files FOLDER  copies those programs to FOLDER with the libraries that the base lacks
set -eu
list=${PROGRAMS:-/programs.txt}
rows() { grep -v '^#' "$list"; }

case $1 in
packages) rows | cut -d' ' -f2 | sort -u ;;
files)
  mkdir -p "$2/usr/sbin" "$2/usr/lib"
  for program in $(rows | cut -d' ' -f1); do
    path=$(PATH=/usr/sbin:/sbin:/usr/bin:/bin command -v "$program")
    cp -L "$path" "$2/usr/sbin/$program"
    chmod 0755 "$2/usr/sbin/$program"
    # Those of the C library are in the base.
    ldd "$path" | sed -n 's/.*=> \(\/[^ ]*\) .*/\1/p' |
      grep -Ev '/(libc|libm|libdl|libpthread|librt|libstdc\+\+|libgcc_s)\.so' |
      while read -r library; do cp -L "$library" "$2/usr/lib/"; done
  done
  ;;
esac
