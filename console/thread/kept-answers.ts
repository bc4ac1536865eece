/** Answers that many may ask for within seconds, each made once; those asked for longest ago go first. */
export class KeptAnswers<Answer> {
  private readonly kept = new Map<string, { readonly answer: Promise<Answer>; readonly untilSeconds: number }>();
  private readonly most: number;
  private readonly keptSeconds: number;
  private readonly nowSeconds: () => number;

  constructor(most: number, keptSeconds: number, nowSeconds: () => number) {
    this.most = most;
    this.keptSeconds = keptSeconds;
    this.nowSeconds = nowSeconds;
  }

  of(key: string, make: () => Promise<Answer>): Promise<Answer> {
    return this.at(key, this.nowSeconds(), make);
  }

  /** Of each key; what is not kept is made in one go. */
  async ofAll(
    keys: readonly string[],
    make: (missing: readonly string[]) => Promise<{ get(key: string): Answer }>,
  ): Promise<Map<string, Answer>> {
    const now = this.nowSeconds();
    const found = new Map<string, Promise<Answer>>();
    const missing: string[] = [];
    for (const key of new Set(keys)) {
      const kept = this.kept.get(key);
      // Those that are kept first: what is made must not drive them out.
      if (kept && now < kept.untilSeconds)
        found.set(
          key,
          this.at(key, now, () => kept.answer),
        );
      else missing.push(key);
    }
    if (missing.length > 0) {
      const made = make(missing);
      for (const key of missing)
        found.set(
          key,
          this.at(key, now, async () => (await made).get(key)),
        );
    }
    const all = new Map<string, Answer>();
    for (const [key, answer] of found) all.set(key, await answer);
    return all;
  }

  private at(key: string, now: number, make: () => Promise<Answer>): Promise<Answer> {
    const before = this.kept.get(key);
    this.kept.delete(key);
    const kept =
      before && now < before.untilSeconds ? before : { answer: make(), untilSeconds: now + this.keptSeconds };
    this.kept.set(key, kept);
    // A failure is nobody's answer but of those who wait for it.
    if (kept !== before) {
      kept.answer.catch(() => {
        if (this.kept.get(key) === kept) this.kept.delete(key);
      });
    }
    for (const oldest of this.kept.keys()) {
      if (this.kept.size <= this.most) break;
      this.kept.delete(oldest);
    }
    return kept.answer;
  }

  clear(): void {
    this.kept.clear();
  }
}
