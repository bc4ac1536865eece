import type { Random } from '../random.ts';

/** How one target is scraped. */
export interface ScrapeTiming {
  readonly everySeconds: number;
  /** A scrape starts within ± this of its schedule, uniformly; its sample has the time of the start. */
  readonly jitterSeconds: number;
  /** The value is that of an instant up to so long after the sample's time, uniformly: the exporter is slow to answer. */
  readonly readSeconds: number;
  /** The share of scrapes that fail, each by itself. */
  readonly lossProbability: number;
}

/**
 * A server with little to do: its scrapes start within a few milliseconds of their schedule. A busy one and an exporter
 * behind a busy pod are late by tenths of a second, which is what stands here.
 */
export const SCRAPES: ScrapeTiming = { everySeconds: 15, jitterSeconds: 0.5, readSeconds: 0.25, lossProbability: 0 };

/** The scrapes of one target, one after the other, at a phase of its own. */
export class ScrapeSchedule {
  private readonly dice: Random;
  private readonly timing: ScrapeTiming;
  private turn: number;
  /** The time of the next scrape's sample, epoch milliseconds. */
  startMs = 0;
  /** When it reads the value, epoch seconds; never before the scrape that came before it. */
  readAt = 0;

  constructor(dice: Random, nowSeconds: number, timing: ScrapeTiming) {
    this.dice = dice;
    this.timing = timing;
    this.turn = nextTurn(nowSeconds, dice(), timing.everySeconds);
    this.plan();
  }

  /** Whether the next scrape fails: the dice are thrown once for each. */
  lost(): boolean {
    const { lossProbability } = this.timing;
    return lossProbability > 0 && this.dice() < lossProbability;
  }

  /** Goes on to the scrape after the next. */
  advance(): void {
    this.turn += this.timing.everySeconds;
    this.plan();
  }

  private plan(): void {
    const { jitterSeconds, readSeconds } = this.timing;
    const start = this.turn + (2 * this.dice() - 1) * jitterSeconds;
    this.startMs = Math.round(start * 1000);
    this.readAt = Math.max(this.startMs / 1000 + this.dice() * readSeconds, this.readAt);
  }
}

/** The first turn after now of a schedule with this phase (a share of the interval, 0…1). */
function nextTurn(nowSeconds: number, phase: number, everySeconds: number): number {
  const turn = (Math.floor(nowSeconds / everySeconds) + phase) * everySeconds;
  return turn > nowSeconds ? turn : turn + everySeconds;
}
