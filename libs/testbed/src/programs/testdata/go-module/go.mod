module rackwright.dev/testbed/testdata

go 1.24
