//go:build tools

// Package tools pins the etcd server the test environment builds when no release
// binary of it is at hand.
package tools

import _ "go.etcd.io/etcd/server/v3"
