import type { Sealed } from './sealed.ts';

/** Twenty tabs ask for the same few pages. */
const MOST_PAGES = 64;
const MOST_BYTES = 8e6;

/**
 * Answers as they are sent, until the next tick, for whoever sees the same: making a page of a thousand rows takes longer than all else that
 * the console does, and those who ask for it while it is made wait for that one.
 */
export class KeptPages {
  private readonly pages = new Map<string, Promise<Sealed>>();
  private version: object | undefined;
  private bytes = 0;

  /**
   * @param version another object after each tick
   * @param key what the page depends on besides
   */
  of(version: object, key: string, make: () => Promise<Sealed>): Promise<Sealed> {
    if (version !== this.version) this.forget();
    this.version = version;
    const before = this.pages.get(key);
    if (before) return before;
    if (this.pages.size >= MOST_PAGES) this.forget();
    const page = make();
    this.pages.set(key, page);
    void this.weigh(key, page);
    return page;
  }

  private async weigh(key: string, page: Promise<Sealed>): Promise<void> {
    try {
      const { body } = await page;
      if (this.pages.get(key) !== page) return;
      this.bytes += body.length;
      if (this.bytes > MOST_BYTES) this.forget();
    } catch {
      // A failure is nobody's page but of those who wait for it.
      if (this.pages.get(key) === page) this.pages.delete(key);
    }
  }

  private forget(): void {
    this.pages.clear();
    this.bytes = 0;
  }
}
