// Command render is `helm template` for many releases in one process. It reads
// one request per line of JSON from its standard input and answers each with
// one line of JSON, in order.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"os"
	"strings"

	"helm.sh/helm/v3/pkg/action"
	"helm.sh/helm/v3/pkg/chart/loader"
	"helm.sh/helm/v3/pkg/release"
)

// version is the Helm release this is built from, set by the linker.
var version = "unknown"

type request struct {
	// Chart is the folder of the chart.
	Chart     string                 `json:"chart"`
	Release   string                 `json:"release"`
	Namespace string                 `json:"namespace"`
	Values    map[string]interface{} `json:"values"`
}

// answer has either the manifests or what Helm says instead.
type answer struct {
	Manifest string `json:"manifest,omitempty"`
	Error    string `json:"error,omitempty"`
}

func main() {
	if len(os.Args) == 2 && os.Args[1] == "--version" {
		fmt.Println(version)
		return
	}
	// Helm logs the null values it drops, once for each render.
	log.SetOutput(io.Discard)
	if err := serve(os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "render:", err)
		os.Exit(1)
	}
}

func serve(in io.Reader, out io.Writer) error {
	requests := json.NewDecoder(bufio.NewReader(in))
	lines := bufio.NewWriter(out)
	answers := json.NewEncoder(lines)
	for {
		var asked request
		if err := requests.Decode(&asked); err == io.EOF {
			return lines.Flush()
		} else if err != nil {
			return err
		}
		if err := answers.Encode(render(asked)); err != nil {
			return err
		}
	}
}

func render(asked request) answer {
	rendered, err := template(asked)
	if err != nil {
		return answer{Error: err.Error()}
	}
	return answer{Manifest: manifests(rendered)}
}

// template does what `helm template` does: an installation that asks no cluster.
func template(asked request) (*release.Release, error) {
	chart, err := loader.Load(asked.Chart)
	if err != nil {
		return nil, err
	}
	install := action.NewInstall(&action.Configuration{Log: func(string, ...interface{}) {}})
	install.DryRun = true
	install.ClientOnly = true
	install.ReleaseName = asked.Release
	install.Namespace = asked.Namespace
	return install.Run(chart, asked.Values)
}

// manifests are those of the release and of its hooks, as one stream.
func manifests(rendered *release.Release) string {
	var text strings.Builder
	text.WriteString(strings.TrimSpace(rendered.Manifest))
	for _, hook := range rendered.Hooks {
		fmt.Fprintf(&text, "\n---\n%s", strings.TrimSpace(hook.Manifest))
	}
	return text.String() + "\n"
}
