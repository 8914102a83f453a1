//go:build unix && !linux

package proc

import "syscall"

// attributes has no death signal: only Linux has one.
func attributes(syscall.Signal) *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true}
}
