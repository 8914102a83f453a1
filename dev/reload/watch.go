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

// Watcher notes what changes in folders and below them.
type Watcher struct{ events *fsnotify.Watcher }

// Watch begins to note what changes. Nothing that does from then on is missed,
// even if it is told later.
func Watch(folders []string) (*Watcher, error) {
	events, err := fsnotify.NewWatcher()
	if err != nil {
		return nil, fmt.Errorf("watch the source: %w", err)
	}
	w := &Watcher{events}
	for _, folder := range folders {
		if err := w.addAll(folder); err != nil {
			w.Close()
			return nil, err
		}
	}
	return w, nil
}

// Close ends the noting.
func (w *Watcher) Close() { _ = w.events.Close() }

// Tell calls changed with the files that have changed, until ctx ends: once for
// those that change together, and never twice at the same time. Tests, and what is
// hidden, do not count.
func (w *Watcher) Tell(ctx context.Context, changed func(files []string)) error {
	files := make(map[string]bool)
	quiet := time.NewTimer(0)
	<-quiet.C
	for {
		select {
		case <-ctx.Done():
			return nil
		case err := <-w.events.Errors:
			return fmt.Errorf("watch the source: %w", err)
		case event := <-w.events.Events:
			if !counts(event) {
				continue
			}
			if info, err := os.Stat(event.Name); err == nil && info.IsDir() {
				// What was written into it before it was watched counts as well.
				if err := w.addAll(event.Name); err != nil {
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

// addAll watches a folder and all below it: the system sees no further.
func (w *Watcher) addAll(folder string) error {
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
		return w.events.Add(path)
	})
}
