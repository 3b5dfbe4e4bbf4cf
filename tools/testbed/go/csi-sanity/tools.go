//go:build tools

// Package tools pins the csi-sanity the test environment builds when none is at hand.
package tools

import _ "github.com/kubernetes-csi/csi-test/v5/cmd/csi-sanity"
