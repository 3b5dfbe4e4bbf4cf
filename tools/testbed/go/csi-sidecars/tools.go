//go:build tools

// Package tools pins the sidecars of CSI drivers that the test environment builds when none is at hand.
package tools

import (
	_ "github.com/kubernetes-csi/external-provisioner/v6/cmd/csi-provisioner"
	_ "github.com/kubernetes-csi/external-resizer/v2/cmd/csi-resizer"
)
