interface Kept<Answer> {
  readonly answer: Promise<Answer>;
  untilSeconds: number;
  /** The newest that came: of this one, or of one before it. */
  newest: { readonly value: Answer } | undefined;
}

/** Answers that many may ask for within seconds, each made once; those asked for longest ago go first. */
export class KeptAnswers<Answer> {
  private readonly kept = new Map<string, Kept<Answer>>();
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

  /** Where it takes longer than so many milliseconds, the newest that came before, if that may still be given. */
  async soon(
    key: string,
    make: () => Promise<Answer>,
    milliseconds: number,
    mayBeGiven: (before: Answer) => boolean,
  ): Promise<Answer> {
    const answer = this.of(key, make);
    const before = this.kept.get(key)?.newest;
    return before && mayBeGiven(before.value) ? within(milliseconds, answer, before.value) : answer;
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
      before && now < before.untilSeconds
        ? before
        : { answer: make(), untilSeconds: now + this.keptSeconds, newest: before?.newest };
    this.kept.set(key, kept);
    if (kept !== before) void this.follow(key, kept);
    for (const oldest of this.kept.keys()) {
      if (this.kept.size <= this.most) break;
      this.kept.delete(oldest);
    }
    return kept.answer;
  }

  private async follow(key: string, kept: Kept<Answer>): Promise<void> {
    try {
      const newest = { value: await kept.answer };
      // Also where another one was asked for meanwhile, which takes longer.
      const last = this.kept.get(key);
      if (last) last.newest = newest;
    } catch {
      // A failure is nobody's answer but of those who wait for it.
      if (this.kept.get(key) === kept) this.kept.delete(key);
    }
  }

  /** All are to be made anew. */
  outdate(): void {
    for (const kept of this.kept.values()) kept.untilSeconds = Number.NEGATIVE_INFINITY;
  }
}

/** What comes in time, else what there is. */
async function within<Answer>(milliseconds: number, answer: Promise<Answer>, otherwise: Answer): Promise<Answer> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<Answer>((resolve) => {
    timer = setTimeout(() => resolve(otherwise), milliseconds);
  });
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
  }
}
