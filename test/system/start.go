//go:build linux

package system

import (
	"os/exec"
	"runtime"
	"sync"
)

// starting hands commands to the thread that starts all of them.
var starting = sync.OnceValue(func() chan<- func() {
	calls := make(chan func())
	go func() {
		runtime.LockOSThread()
		for call := range calls {
			call()
		}
	}()
	return calls
})

// start starts the command. Its Pdeathsig is sent when the thread that started it
// ends (prctl(2)), so that has to be one that lasts as long as this process.
func start(cmd *exec.Cmd) error {
	started := make(chan error)
	starting() <- func() { started <- cmd.Start() }
	return <-started
}
