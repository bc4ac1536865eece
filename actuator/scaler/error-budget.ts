import { TICKS_PER_DAY } from '../../core/tick.ts';

/** What was failed fades to 1/e in five days, as the backtested days do. */
const FADE = Math.exp(-1 / (5 * TICKS_PER_DAY));
/** The calibration aims at this share of what the SLO leaves: what comes is never quite what was. */
const AIM = 0.3;
/** However much was used, this share of the aim stays. */
const LEAST_SHARE = 1 / 3;

/** Faded sums of demand and of what was left unmet, to go on from. */
export interface BudgetState {
  readonly unmet: number;
  readonly demand: number;
}

/**
 * The SLO as an error budget: what was really left unmet lately is taken from what may be left unmet next.
 * It begins as if the days before had used just the aim.
 */
export class ErrorBudget {
  private readonly unmetTargetBp: number;
  private unmet = 0;
  private demand = 0;
  /** Of these what was observed, and for how long: the rest is what it began with. */
  private readonly observed = { unmet: 0, demand: 0, ticks: 0 };

  /** @param unmetTargetBp demand that may stay unmet, basis points. */
  constructor(unmetTargetBp: number) {
    this.unmetTargetBp = unmetTargetBp;
  }

  /** One tick of the history before the first decision. */
  recordBefore(demand: number): void {
    this.add(demand, (demand * AIM * this.unmetTargetBp) / 10_000);
  }

  /** One tick: its demand, and how much of it found no ready pod. */
  record(demand: number, unmet: number): void {
    this.add(demand, unmet);
    const { observed } = this;
    observed.demand = observed.demand * FADE + demand;
    observed.unmet = observed.unmet * FADE + unmet;
    observed.ticks++;
  }

  private add(demand: number, unmet: number): void {
    this.demand = this.demand * FADE + demand;
    this.unmet = this.unmet * FADE + unmet;
  }

  /** Unmet demand of late, basis points, with what it began with: what calibrations go by. */
  usedBp(): number {
    return this.demand > 0 ? (this.unmet / this.demand) * 10_000 : 0;
  }

  /**
   * Unmet demand of late, basis points, of what was observed alone. Undefined until a day was observed, as an hour says nothing of its peak;
   * before, where more is unmet already than a whole day of such demand may leave: so much of that day.
   */
  measuredBp(): number | undefined {
    const { unmet, demand, ticks } = this.observed;
    const ofDay = demand * Math.max(1, TICKS_PER_DAY / ticks);
    const bp = unmet > 0 ? (unmet / ofDay) * 10_000 : 0;
    return ticks >= TICKS_PER_DAY || bp > this.unmetTargetBp ? bp : undefined;
  }

  /** More was left unmet than the SLO allows. */
  exhausted(): boolean {
    return this.usedBp() > this.unmetTargetBp;
  }

  /**
   * What the next calibration may leave unmet, basis points: 0.3 of what the SLO leaves, less once more than that was
   * used (a third over it: 0.2).
   */
  aimBp(): number {
    const left = 2 - this.usedBp() / this.unmetTargetBp;
    return this.unmetTargetBp * AIM * Math.min(1, Math.max(LEAST_SHARE, left));
  }

  state(): BudgetState {
    return { unmet: this.unmet, demand: this.demand };
  }

  static resume(unmetTargetBp: number, { unmet, demand }: BudgetState): ErrorBudget {
    const budget = new ErrorBudget(unmetTargetBp);
    budget.unmet = unmet;
    budget.demand = demand;
    return budget;
  }
}
