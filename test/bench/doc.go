// Package bench holds benchmarks of whole services: built and run as in
// production, beside real sidecars, and put under load over HTTP.
package bench
