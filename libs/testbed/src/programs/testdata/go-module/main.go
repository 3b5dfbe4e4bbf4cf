// A program with no dependencies that only knows its version.
package main

import "syscall"

var version = "unset"

func main() {
	syscall.Write(1, []byte(version+"\n"))
}
