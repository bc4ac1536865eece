import type { Sealed } from './sealed.ts';

/** Twenty tabs ask for the same few pages. */
const MOST_PAGES = 64;
const MOST_BYTES = 8e6;

interface Page {
  readonly answer: Promise<Sealed>;
  readonly make: () => Promise<Sealed>;
  /** Somebody asked for it since it was made. */
  isAsked: boolean;
  /** Once it is made. */
  bytes: number;
}

/**
 * Answers as they are sent, until the next tick, for whoever sees the same: making a page of a thousand rows takes longer than all else that
 * the console does, and those who ask for it while it is made wait for that one.
 */
export class KeptPages {
  private readonly pages = new Map<string, Page>();
  private version: object | undefined;
  private bytes = 0;

  /**
   * @param version another object after each tick
   * @param key what the page depends on besides
   * @param make of the newest tick, whenever it is called
   */
  of(version: object, key: string, make: () => Promise<Sealed>): Promise<Sealed> {
    if (version !== this.version) this.forget(version);
    const page = this.pages.get(key) ?? this.add(key, make);
    page.isAsked = true;
    return page.answer;
  }

  /** After a tick: what was asked for since the one before is made anew, one after the other, the largest first: it most likely is asked for again. */
  async renew(version: object): Promise<void> {
    const asked = [...this.pages].filter(([, { isAsked }]) => isAsked);
    asked.sort(([, a], [, b]) => b.bytes - a.bytes);
    if (version !== this.version) this.forget(version);
    for (const [key, { make }] of asked) {
      // A newer tick has its own.
      if (version !== this.version) return;
      await (this.pages.get(key) ?? this.add(key, make)).answer.catch(() => undefined);
    }
  }

  private add(key: string, make: () => Promise<Sealed>): Page {
    if (this.pages.size >= MOST_PAGES) this.forget(this.version);
    const page = { answer: make(), make, isAsked: false, bytes: 0 };
    this.pages.set(key, page);
    void this.weigh(key, page);
    return page;
  }

  private async weigh(key: string, page: Page): Promise<void> {
    try {
      const { body } = await page.answer;
      if (this.pages.get(key) !== page) return;
      page.bytes = body.length;
      this.bytes += page.bytes;
      if (this.bytes > MOST_BYTES) this.forget(this.version);
    } catch {
      // A failure is nobody's page but of those who wait for it.
      if (this.pages.get(key) === page) this.pages.delete(key);
    }
  }

  private forget(version: object | undefined): void {
    this.version = version;
    this.pages.clear();
    this.bytes = 0;
  }
}
