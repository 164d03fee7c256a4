/** How often a crashed server is started again, and after which pause. */

const WINDOW_MS = 3 * 60_000;
const PAUSES_MS = [250, 1_000, 4_000, 10_000];
/** The fifth crash in three minutes is one too many. */
const TOO_MANY = PAUSES_MS.length + 1;

export class Backoff {
  private crashes: number[] = [];

  constructor(private readonly now: () => number = Date.now) {}

  /** Counts a crash. The pause before the next start in milliseconds, null: give up. */
  crashed(): number | null {
    const now = this.now();
    this.crashes = [...this.crashes.filter((at) => now - at < WINDOW_MS), now];
    return this.crashes.length >= TOO_MANY ? null : (PAUSES_MS[this.crashes.length - 1] ?? null);
  }

  /** Crashes in the last three minutes. */
  get recent(): number {
    return this.crashes.filter((at) => this.now() - at < WINDOW_MS).length;
  }

  /** The user starts over. */
  forget(): void {
    this.crashes = [];
  }
}
