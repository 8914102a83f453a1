/**
 * The server's clock, told by the Date headers of its answers. The visitor's own
 * clock may be wrong by hours, so only its ticking is used, never what it shows.
 *
 * A header is cut to the second, and the answer took its time: an answer says only
 * that the server's clock showed between h and h+1 s at some moment between asking
 * and hearing. Each answer narrows that down.
 */
export class ServerClock {
  private least = -Infinity;
  private most = Infinity;

  constructor(private readonly ticks: () => number = () => performance.now()) {}

  /** The present tick, to be given to heard later. */
  asked(): number {
    return this.ticks();
  }

  /** Takes in the time that an answer carried, in milliseconds since 1970. */
  heard(shown: number, asked = -Infinity): void {
    if (Number.isNaN(shown)) return;
    const least = shown - this.ticks();
    const most = shown + 1000 - asked;
    this.least = Math.max(this.least, least);
    this.most = Math.min(this.most, most);
    if (this.least > this.most) {
      // A clock has been set, or has slept: what was known before is worth nothing.
      this.least = least;
      this.most = most;
    }
  }

  /** The server's time, or NaN as long as nothing is known of it. */
  now(): number {
    const offset = Number.isFinite(this.most) ? (this.least + this.most) / 2 : this.least;
    return Number.isFinite(offset) ? offset + this.ticks() : NaN;
  }
}
