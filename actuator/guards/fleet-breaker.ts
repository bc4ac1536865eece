/** Of all workloads, so large a share may lose more than half of their pods within the window; Karpenter's budgets allow 10 % at a time by default. */
const MOST_SHARE = 0.2;
/** … but so many always: in a namespace of four, 20 % would be none. */
const LEAST_WORKLOADS = 3;
/** Five minutes: what a wrong forecast or a false answer needs to be seen, and pods to be back. */
const WINDOW_SECONDS = 300;

/** A removal that somebody wants to make now. */
export interface Lowering {
  /** workloadKey. */
  readonly key: string;
  readonly from: number;
  readonly to: number;
  /** A person asked for it (a scheduled bound, a lower maximum): it passes and isn't counted. */
  readonly asked?: boolean;
}

export interface FleetLimits {
  readonly share: number;
  readonly leastWorkloads: number;
}

interface Passed {
  readonly elapsed: number;
  readonly from: number;
  readonly to: number;
}

/** A removal that passed, as it is stored; epoch seconds. */
export interface StoredLowering {
  readonly seconds: number;
  readonly from: number;
  readonly to: number;
}

/** Workloads that a bad input lowers together: one for the cluster, one for each namespace. */
export class FleetBreaker {
  private readonly share: number;
  private readonly leastWorkloads: number;
  /** Removals that passed, by workload. */
  private readonly passed = new Map<string, readonly Passed[]>();
  /** By `elapsed`, which never goes back; the other one by the clock, to be shown. */
  private openedElapsed: number | undefined;
  private openedSeconds: number | undefined;
  private elapsed = 0;
  private lastSeconds: number | undefined;

  constructor({ share, leastWorkloads }: FleetLimits = { share: MOST_SHARE, leastWorkloads: LEAST_WORKLOADS }) {
    this.share = share;
    this.leastWorkloads = leastWorkloads;
  }

  /** Since when it is open; undefined: closed. */
  get openSinceSeconds(): number | undefined {
    return this.openedSeconds;
  }

  /**
   * All removals of one tick. More large ones than the budget leaves open the breaker: for a window nothing at all is removed but what
   * was asked for. Then so many large ones pass a window as the budget says, in the order given, and small ones freely; it closes when
   * all that are wanted fit. So a true fall of the whole fleet takes 1 ÷ share windows (25 min), a false one costs a fifth.
   *
   * A removal is large where it leaves less than half of the most that the workload had within the window: five small ones are one large.
   * @param workloads how many are scaled in all. @param nowSeconds the clock; set back, it makes no window longer.
   * @returns the keys that may be carried out.
   */
  admit(wanted: readonly Lowering[], workloads: number, nowSeconds: number): ReadonlySet<string> {
    this.step(nowSeconds);
    const counted = wanted.filter(({ asked }) => asked !== true);
    const large = counted.filter((lowering) => this.isLarge(lowering));
    const alreadyLarge = new Set([...this.passed.keys()].filter((key) => this.passedLarge(key)));
    const free = Math.max(this.leastWorkloads, Math.floor(this.share * workloads)) - alreadyLarge.size;
    // A workload that was lowered by more than half already has its place in the budget.
    const fresh = large.filter(({ key }) => !alreadyLarge.has(key));
    const held = this.isHeld(fresh.length <= free, nowSeconds);
    const waiting = new Set(fresh.slice(Math.max(0, free)).map(({ key }) => key));
    const admitted = held ? [] : counted.filter(({ key }) => !waiting.has(key));
    for (const lowering of admitted) this.record(lowering);
    return new Set([...admitted, ...wanted.filter(({ asked }) => asked === true)].map(({ key }) => key));
  }

  /** What the next leader must know of one workload's removals within the window, in one: the newest, from the most replicas. */
  passedOf(key: string, nowSeconds: number): StoredLowering | undefined {
    const newest = this.passed.get(key)?.at(-1);
    if (!newest) return undefined;
    const seconds = Math.round(nowSeconds - (this.elapsed - newest.elapsed));
    return { seconds, from: this.mostWithinWindow(key), to: newest.to };
  }

  /** Goes on from what the leader before stored of one workload. */
  restore(key: string, { seconds, from, to }: StoredLowering, nowSeconds: number): void {
    this.step(nowSeconds);
    const age = Math.max(0, nowSeconds - seconds);
    if (age >= WINDOW_SECONDS) return;
    const entries = [...(this.passed.get(key) ?? []), { elapsed: this.elapsed - age, from, to }];
    this.passed.set(
      key,
      entries.sort((a, b) => a.elapsed - b.elapsed),
    );
  }

  /** It was open since then, for the leader before: from now on it is for us. */
  reopen(sinceSeconds: number, nowSeconds: number): void {
    if (this.openedElapsed !== undefined) return;
    this.step(nowSeconds);
    this.openedElapsed = this.elapsed - Math.max(0, nowSeconds - sinceSeconds);
    this.openedSeconds = sinceSeconds;
  }

  /** Opens and closes. */
  private isHeld(fits: boolean, nowSeconds: number): boolean {
    if (!fits && this.openedElapsed === undefined) {
      this.openedElapsed = this.elapsed;
      this.openedSeconds = nowSeconds;
    }
    if (this.openedElapsed === undefined) return false;
    if (this.elapsed - this.openedElapsed < WINDOW_SECONDS) return true;
    if (fits) {
      this.openedElapsed = undefined;
      this.openedSeconds = undefined;
    }
    return false;
  }

  private step(nowSeconds: number): void {
    this.elapsed += Math.max(0, nowSeconds - (this.lastSeconds ?? nowSeconds));
    this.lastSeconds = nowSeconds;
    this.forget();
  }

  private isLarge({ key, from, to }: Lowering): boolean {
    return 2 * to < Math.max(from, this.mostWithinWindow(key));
  }

  private passedLarge(key: string): boolean {
    return 2 * this.passed.get(key)!.at(-1)!.to < this.mostWithinWindow(key);
  }

  private mostWithinWindow(key: string): number {
    return Math.max(0, ...(this.passed.get(key) ?? []).map(({ from }) => from));
  }

  private record({ key, from, to }: Lowering): void {
    this.passed.set(key, [...(this.passed.get(key) ?? []), { elapsed: this.elapsed, from, to }]);
  }

  private forget(): void {
    for (const [key, entries] of this.passed) {
      const kept = entries.filter(({ elapsed }) => this.elapsed - elapsed < WINDOW_SECONDS);
      if (kept.length === 0) this.passed.delete(key);
      else if (kept.length < entries.length) this.passed.set(key, kept);
    }
  }
}
