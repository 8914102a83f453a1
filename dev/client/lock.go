package client

import (
	"fmt"
	"os"
	"path/filepath"
	"syscall"
)

// lock makes those who build the client of one checkout wait for each other. The
// file stays.
func (c *Client) lock() (unlock func(), err error) {
	if err := os.MkdirAll(c.made, 0o755); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(filepath.Join(c.made, "lock"), os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, err
	}
	if syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) != nil {
		fmt.Fprintln(c.out, "client: another one builds it; waiting")
		if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX); err != nil {
			_ = f.Close()
			return nil, err
		}
	}
	return func() { _ = f.Close() }, nil
}
