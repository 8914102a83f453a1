// Package auth knows the users of TicketX and lets them in. It owns accounts,
// sessions and the keys that sign sessions. It says nothing on any topic and
// listens to none: the other services verify sessions by themselves with the
// key set that auth publishes.
//
// # Accounts
//
// The document user-email:{digest} decides who an e-mail address belongs to:
// it is inserted if absent, so of many sign-ups of one address at the same
// moment one wins. The digest is the SHA-256, in hex, of the normalised
// address (see Email). It stands in the key instead of the address because
// keys appear in errors and so in logs, because Dapr refuses keys with "||",
// which an address may hold, and because some stores compare keys without
// regard to case or accents.
//
// The document user:{id} points to it. It is written before, so it may name an
// account that never came to be; it is checked against the account when read.
//
// # Sessions
//
// A session begins with a sign-up or sign-in and is what a browser holds two
// cookies of:
//
//   - session, the access token: a JWT (RFC 7519) signed with EdDSA (RFC 8037)
//     that lasts AccessLifetime. Every service takes it at its word, so it
//     works until it is over, whatever happens to the session meanwhile.
//   - refresh, the refresh token "session.secret": it goes to auth alone, buys
//     new access tokens, and changes when it does.
//
// The document session:{id} decides what a refresh token is worth. It holds
// nothing that a token could be made of, only digests: of the token's first
// part, which is the id, of the current secret, and of the one before it with
// the time of the change. It lasts RefreshLifetime from the last change.
//
// When a refresh token is used, its secret is replaced by a successor. For
// Grace the replaced one is still taken, because two tabs may have sent it at
// the same moment, or the answer may have been lost on its way: it buys an
// access token and the same successor again. The successor is an HMAC of a
// random number in the document keyed with the secret that it replaces, so
// auth can repeat it without keeping it, a thief of the document can't make
// it, and neither can a thief of the old secret. Within Grace of a change the
// current secret is not replaced again, so a token that was good Grace ago is
// never mistaken for a stolen one.
//
// Whoever presents any other secret of a session holds a token that was
// replaced for good: either they or the one who replaced it stole it. That
// ends the session for both, and a warning with the user's id is logged. A
// wrong secret counts as a replaced one: the first part of a token is random
// and only ever in the hands of those who were given one. Signing out ends the
// session with any of its tokens.
//
// # Signing keys
//
// They are the secret auth-signing-keys of Dapr's secret store "secrets", a map
// of strings:
//
//	current   the id of the key that signs
//	{id}      that key: an Ed25519 private key, PKCS #8 (RFC 8410) in PEM
//
// There may be any number of ids, of up to 64 letters, digits, dots, hyphens
// and underscores. All keys are published and so verify; only the current one
// signs. A secret store that keeps one string per secret may hold the same map
// as a JSON object in that string. In the file of secretstores.local.file,
// which needs the metadata multiValued: "true", it reads
//
//	{
//	  "auth-signing-keys": {
//	    "current": "2026-10-05",
//	    "2026-10-05": "-----BEGIN PRIVATE KEY-----\nMC4CAQ…\n-----END PRIVATE KEY-----\n"
//	  }
//	}
//
// auth reads the secret anew every five minutes. (secretstores.local.file
// itself reads its file only when the sidecar starts.) To rotate without
// signing anybody out: add the new key and wait five minutes, until every
// replica publishes it; make it current and wait twenty, until no replica signs
// with the old one and what it signed is over; take the old one out.
package auth
