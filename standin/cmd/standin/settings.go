package main

import (
	"cmp"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	"ticketx/standin"
)

// settings reads the environment, and says all at once what is wrong with it.
func settings(getenv func(string) string) ([]standin.Option, error) {
	var options []standin.Option
	var wrong []error
	const publicURL = "STANDIN_PUBLIC_URL"
	if v := getenv(publicURL); v != "" {
		wrong = append(wrong, checkURL(publicURL, v))
		options = append(options, standin.WithPublicURL(v))
	}
	for name, option := range map[string]func(time.Duration) standin.Option{
		"STANDIN_DELAY":           standin.WithDelay,
		"STANDIN_WEBHOOK_TIMEOUT": standin.WithTimeout,
	} {
		if getenv(name) != "" {
			d, err := duration(getenv, name, 0)
			wrong = append(wrong, err)
			options = append(options, option(d))
		}
	}

	pause, err := duration(getenv, "STANDIN_WEBHOOK_PAUSE", 500*time.Millisecond)
	wrong = append(wrong, err)
	tries, err := strconv.Atoi(cmp.Or(getenv("STANDIN_WEBHOOK_TRIES"), "12"))
	if err != nil || tries < 1 {
		wrong = append(wrong, errors.New("STANDIN_WEBHOOK_TRIES must be a number of at least 1"))
	}
	options = append(options, standin.WithRetries(pause, tries))

	webhook, err := webhook(getenv)
	wrong = append(wrong, err)
	if webhook != nil {
		options = append(options, webhook)
	}
	return options, errors.Join(wrong...)
}

// webhook is the endpoint that events are delivered to, if one is named.
func webhook(getenv func(string) string) (standin.Option, error) {
	const address, secrets = "STANDIN_WEBHOOK_URL", "STANDIN_WEBHOOK_SECRETS"
	var all []string
	for secret := range strings.SplitSeq(getenv(secrets), ",") {
		if secret = strings.TrimSpace(secret); secret != "" {
			all = append(all, secret)
		}
	}
	v := getenv(address)
	switch {
	case v == "" && len(all) == 0:
		return nil, nil
	case v == "":
		return nil, fmt.Errorf("%s is set and %s is not: nothing would be signed with it", secrets, address)
	case len(all) == 0:
		return nil, fmt.Errorf("%s is set and %s is not: nobody could check what is delivered", address, secrets)
	}
	return standin.WithWebhook(v, all...), checkURL(address, v)
}

func checkURL(name, v string) error {
	u, err := url.Parse(v)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return fmt.Errorf("%s must be a URL that begins with http:// or https://", name)
	}
	return nil
}

func duration(getenv func(string) string, name string, otherwise time.Duration) (time.Duration, error) {
	v := getenv(name)
	if v == "" {
		return otherwise, nil
	}
	d, err := time.ParseDuration(v)
	if err != nil || d < 0 {
		return 0, fmt.Errorf("%s must be a time such as 500ms or 3s", name)
	}
	return d, nil
}
