"use client";

/** The last resort, when the layout itself can't be shown: no styles, no words from anywhere. */
export default function GlobalError({error, retry}: {error: Error & {digest?: string}; retry: () => void}) {
  return (
    <html lang="en">
      <body style={{fontFamily: "system-ui, sans-serif", maxWidth: "28rem", margin: "4rem auto", padding: "0 1rem"}}>
        <title>TicketX</title>
        <h1>Something broke.</h1>
        <p>This is our mistake, not yours. Please try again.</p>
        <p lang="de">Das ist unser Fehler, nicht deiner. Bitte versuch es noch einmal.</p>
        <button type="button" onClick={retry}>
          Try again · <span lang="de">Noch einmal</span>
        </button>
        {error.digest && <p>{error.digest}</p>}
      </body>
    </html>
  );
}
