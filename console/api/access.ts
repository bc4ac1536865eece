import { hash } from 'node:crypto';

/** What somebody wants to read: objects of a kind, in a namespace or (undefined) in all. */
export interface ReadAccess {
  readonly group: string;
  /** Plural: `deployments`. */
  readonly resource: string;
  readonly namespace: string | undefined;
}

export type Verdict = 'allowed' | 'denied' | 'unauthenticated';

/** Asks the API server with the user's own token. @throws WorldError where it gives no answer */
export type Review = (token: string, access: ReadAccess) => Promise<Verdict>;

/** An answer is believed for so long: a token that was revoked is out by then. */
const KEPT_SECONDS = 60;
/** A right that was just given is found soon. */
const DENIED_SECONDS = 10;
const MOST_KEPT = 10_000;

interface Kept {
  readonly verdict: Promise<Verdict>;
  readonly askedSeconds: number;
  keptSeconds: number;
}

/** What users may read, as the API server says; of a token only its hash is kept, and no failure. */
export class ReviewedAccess {
  private readonly kept = new Map<string, Kept>();
  private readonly review: Review;
  private readonly nowSeconds: () => number;

  constructor(review: Review, nowSeconds: () => number) {
    this.review = review;
    this.nowSeconds = nowSeconds;
  }

  /** @throws WorldError where the API server gives no answer */
  async verdict(token: string, access: ReadAccess): Promise<Verdict> {
    const key = `${hash('sha256', token)} ${access.group} ${access.resource} ${access.namespace ?? '*'}`;
    const now = this.nowSeconds();
    const before = this.kept.get(key);
    if (before && now - before.askedSeconds < before.keptSeconds) return before.verdict;
    const kept: Kept = { verdict: this.review(token, access), askedSeconds: now, keptSeconds: KEPT_SECONDS };
    this.kept.delete(key);
    this.kept.set(key, kept);
    // The oldest go first.
    for (const oldest of this.kept.keys()) {
      if (this.kept.size <= MOST_KEPT) break;
      this.kept.delete(oldest);
    }
    try {
      const verdict = await kept.verdict;
      if (verdict !== 'allowed') kept.keptSeconds = DENIED_SECONDS;
      return verdict;
    } catch (error) {
      if (this.kept.get(key) === kept) this.kept.delete(key);
      throw error;
    }
  }
}
