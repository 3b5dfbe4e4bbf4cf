//go:build tools

// Package tools pins the actionlint the test environment builds when none is at hand.
package tools

import _ "github.com/rhysd/actionlint/cmd/actionlint"
