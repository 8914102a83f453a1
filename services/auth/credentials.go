package auth

import (
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"ticketx/kit/errs"
)

// The lengths of a password, in characters. There is no other rule: NIST SP
// 800-63B (5.1.1.2) advises against rules of composition.
const (
	MinPassword = 8
	MaxPassword = 128
)

// What is said of a field that is wrong.
const (
	badEmail    = "Must be a valid e-mail address."
	badPassword = "Must be between 8 and 128 characters long."
	noPassword  = "Must be given."
	longSecret  = "Must be at most 128 characters long."
)

// newCredentials checks what somebody wants to sign up with. The password comes
// back as it is hashed: in Unicode's normalisation form C, because keyboards
// differ in how they write an accent.
func newCredentials(email, password string) (Email, string, error) {
	password = norm.NFC.String(password)
	problem := ""
	if n := utf8.RuneCountInString(password); n < MinPassword || n > MaxPassword {
		problem = badPassword
	}
	return checked(email, password, problem)
}

// givenCredentials checks what somebody wants to sign in with. It asks less of
// the password than newCredentials: one from before a rule changed must do.
func givenCredentials(email, password string) (Email, string, error) {
	password = norm.NFC.String(password)
	problem := ""
	switch n := utf8.RuneCountInString(password); {
	case n == 0:
		problem = noPassword
	case n > MaxPassword:
		problem = longSecret
	}
	return checked(email, password, problem)
}

// checked reports what is wrong with the e-mail and the password together.
func checked(email, password, problem string) (Email, string, error) {
	var fields []errs.Field
	address, ok := parseEmail(email)
	if !ok {
		fields = append(fields, errs.Field{Message: badEmail, Field: "email"})
	}
	if problem != "" {
		fields = append(fields, errs.Field{Message: problem, Field: "password"})
	}
	return address, password, errs.InvalidFields(fields)
}
