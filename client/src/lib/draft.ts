/**
 * What was typed into a form and not sent, kept in this tab only: it is there again
 * after a session has ended and one has signed in. Never for passwords or cards.
 */
export const drafts = {
  read<Values>(key: string): Values | undefined {
    try {
      const text = sessionStorage.getItem(`draft:${key}`);
      return text === null ? undefined : (JSON.parse(text) as Values);
    } catch {
      return undefined;
    }
  },
  keep(key: string, values: unknown): void {
    try {
      sessionStorage.setItem(`draft:${key}`, JSON.stringify(values));
    } catch {
      // A browser without storage: typing goes on all the same.
    }
  },
  drop(key: string): void {
    try {
      sessionStorage.removeItem(`draft:${key}`);
    } catch {
      // See keep.
    }
  },
};
