package reload

import (
	"context"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/fsnotify/fsnotify"
)

// pause is how long nothing must change until what has changed counts as whole:
// editors and git write many files, one after the other.
const pause = 150 * time.Millisecond

// Watch calls changed with the files that have changed in or below the folders,
// until ctx ends: once for those that change together, and never twice at the same
// time. Tests, and what is hidden, do not count.
func Watch(ctx context.Context, folders []string, changed func(files []string)) error {
	watcher, err := fsnotify.NewWatcher()
	if err != nil {
		return fmt.Errorf("watch the source: %w", err)
	}
	defer func() { _ = watcher.Close() }()
	for _, folder := range folders {
		if err := addAll(watcher, folder); err != nil {
			return err
		}
	}
	files := make(map[string]bool)
	quiet := time.NewTimer(0)
	<-quiet.C
	for {
		select {
		case <-ctx.Done():
			return nil
		case err := <-watcher.Errors:
			return fmt.Errorf("watch the source: %w", err)
		case event := <-watcher.Events:
			if !counts(event) {
				continue
			}
			if info, err := os.Stat(event.Name); err == nil && info.IsDir() {
				// What was written into it before it was watched counts as well.
				if err := addAll(watcher, event.Name); err != nil {
					return err
				}
			}
			files[event.Name] = true
			quiet.Reset(pause)
		case <-quiet.C:
			changed(slices.Sorted(maps.Keys(files)))
			clear(files)
		}
	}
}

func counts(event fsnotify.Event) bool {
	name := filepath.Base(event.Name)
	return event.Op != fsnotify.Chmod && !hidden(name) && !strings.HasSuffix(name, "_test.go")
}

// hidden also says so of what editors leave beside a file that is being edited.
func hidden(name string) bool { return strings.HasPrefix(name, ".") || strings.HasSuffix(name, "~") }

// addAll watches a folder and all below it: a watcher sees no further.
func addAll(watcher *fsnotify.Watcher, folder string) error {
	return filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		switch {
		case os.IsNotExist(err):
			return nil // gone again already
		case err != nil:
			return err
		case !entry.IsDir():
			return nil
		case hidden(entry.Name()) && path != folder:
			return fs.SkipDir
		}
		return watcher.Add(path)
	})
}
