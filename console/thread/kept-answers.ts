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

  /** Whether it would be given without being made. */
  has(key: string): boolean {
    const kept = this.kept.get(key);
    return kept !== undefined && this.nowSeconds() < kept.untilSeconds;
  }

  of(key: string, make: () => Promise<Answer>): Promise<Answer> {
    const before = this.kept.get(key);
    this.kept.delete(key);
    const now = this.nowSeconds();
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
