import { TICKS_PER_DAY } from '../../core/tick.ts';

/** What was failed fades to 1/e in five days, as the rehearsed days do. */
const FADE = Math.exp(-1 / (5 * TICKS_PER_DAY));
/** The calibration aims at this share of the promise: what comes is never quite what was. */
const AIM = 0.3;
/** However much was overspent, this share of the aim stays. */
const LEAST_SHARE = 1 / 3;

/** Faded sums of demand and of what was left unmet, to go on from. */
export interface BudgetState {
  readonly unmet: number;
  readonly demand: number;
}

/**
 * The service promise as an error budget: what was really left unmet lately is taken from what may be left unmet next.
 * It begins as if the days before had spent just the aim.
 */
export class ErrorBudget {
  private readonly promiseBp: number;
  private unmet = 0;
  private demand = 0;

  /** @param promiseBp demand that may stay unmet, basis points. */
  constructor(promiseBp: number) {
    this.promiseBp = promiseBp;
  }

  /** One tick of the history before the first decision. */
  recordBefore(demand: number): void {
    this.record(demand, (demand * AIM * this.promiseBp) / 10_000);
  }

  /** One tick: its demand, and how much of it found no ready pod. */
  record(demand: number, unmet: number): void {
    this.demand = this.demand * FADE + demand;
    this.unmet = this.unmet * FADE + unmet;
  }

  /** Unmet demand of late, basis points. */
  spentBp(): number {
    return this.demand > 0 ? (this.unmet / this.demand) * 10_000 : 0;
  }

  /** More was failed than promised. */
  overspent(): boolean {
    return this.spentBp() > this.promiseBp;
  }

  /**
   * What the next calibration may leave unmet, basis points: 0.3 of the promise, less once more than the promise was
   * spent (a third over it: 0.2).
   */
  aimBp(): number {
    const left = 2 - this.spentBp() / this.promiseBp;
    return this.promiseBp * AIM * Math.min(1, Math.max(LEAST_SHARE, left));
  }

  state(): BudgetState {
    return { unmet: this.unmet, demand: this.demand };
  }

  static resume(promiseBp: number, { unmet, demand }: BudgetState): ErrorBudget {
    const budget = new ErrorBudget(promiseBp);
    budget.unmet = unmet;
    budget.demand = demand;
    return budget;
  }
}
