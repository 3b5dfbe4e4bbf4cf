//go:build tools

// Package tools pins the kubeconform the test environment builds when none is at hand.
package tools

import _ "github.com/yannh/kubeconform/cmd/kubeconform"
