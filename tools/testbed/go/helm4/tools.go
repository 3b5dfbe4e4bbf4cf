//go:build tools

// Package tools pins the Helm 4 client the test environment builds when none is at hand.
package tools

import _ "helm.sh/helm/v4/cmd/helm"
