"use client";

import type {CSSProperties} from "react";

const page: CSSProperties = {
  maxWidth: "28rem",
  margin: "4rem auto",
  padding: "0 1rem",
  font: "1.05rem/1.5 system-ui, sans-serif",
  background: "light-dark(#faf7f2, #14110f)",
  color: "light-dark(#1d1a16, #f5efe7)",
};

const button: CSSProperties = {
  alignSelf: "flex-start",
  padding: "0.7rem 1.2rem",
  border: 0,
  borderRadius: "0.5rem",
  background: "light-dark(#bc341a, #fb7a5c)",
  color: "light-dark(#fff, #14110f)",
  font: "inherit",
  fontWeight: 600,
};

/** The last resort, when the layout itself can't be shown: no styles, no words from anywhere. */
export default function GlobalError({error, retry}: {error: Error & {digest?: string}; retry: () => void}) {
  return (
    <html lang="en" style={{colorScheme: "light dark", background: page.background}}>
      <body style={page}>
        <title>TicketX</title>
        <h1 style={{fontSize: "2rem"}}>Something broke.</h1>
        <p style={{margin: "0.75rem 0"}}>This is our mistake, not yours. Please try again.</p>
        <p lang="de" style={{margin: "0 0 1.25rem"}}>
          Das ist unser Fehler, nicht deiner. Bitte versuch es noch einmal.
        </p>
        <button type="button" onClick={retry} style={button}>
          Try again · <span lang="de">Noch einmal</span>
        </button>
        {error.digest && <p style={{marginTop: "2rem"}}>{error.digest}</p>}
      </body>
    </html>
  );
}
