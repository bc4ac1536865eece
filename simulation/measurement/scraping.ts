import { type Random, seededRandom } from '../../core/random.ts';
import { SCRAPES, ScrapeSchedule, type ScrapeTiming } from '../../core/scraping/schedule.ts';
import type { Labels, SeriesStore, StoredSeries } from './series-store.ts';

/** The time between two measurements of an exporter, uniform between these. */
export interface Housekeeping {
  readonly leastSeconds: number;
  readonly mostSeconds: number;
}

/** The kubelet's cAdvisor: ten seconds, and up to as long again (cadvisor manager/container.go, jitter). */
export const CADVISOR: Housekeeping = { leastSeconds: 10, mostSeconds: 20 };

/** How targets are scraped. */
export interface ScrapeSettings extends ScrapeTiming {
  /**
   * The exporter measures on its own and gives its own times (cAdvisor, the kubelet's resource endpoint): a scrape finds
   * the newest measurement. Prometheus writes no staleness markers for such series.
   */
  readonly housekeeping?: Housekeeping;
}

/** What a series shows at an instant (epoch seconds); undefined: it isn't there. */
export type Reading = (atSeconds: number) => number | undefined;

/** Scrapes whose loss is remembered. */
const REMEMBERED_SCRAPES = 8;

/** A process, node or exporter that is scraped by itself. */
export interface Target {
  /** Shows a further series from now on. @returns takes it away again: a staleness marker at the next scrape */
  expose(labels: Labels, read: Reading): () => void;
  /** While true its scrapes fail, as those of a process that hangs do: staleness markers at once. */
  failing: boolean;
  /** How many of its scrapes up to this instant were lost in a row, by their dice alone: no pause and no failing target counts. */
  lostInARow(bySeconds: number): number;
  /** While true its scrapes succeed and show the values of before: a counter that stands still is a false zero of its rate. */
  frozen: boolean;
  /**
   * It is gone (the pod was deleted): staleness markers bear the time of the scrape that would have been next, and arrive 1.1
   * intervals after it.
   */
  remove(): void;
}

interface Exposed {
  readonly labels: Labels;
  readonly read: Reading;
  stored: StoredSeries | undefined;
  /** What the last scrape that succeeded showed. */
  shown: number | undefined;
  /** The newest measurement of the exporter itself. */
  measured: { readonly timeMs: number; readonly value: number | undefined } | undefined;
  hidden: boolean;
}

/**
 * One Prometheus' scrape manager over simulated targets. Each has a phase and dice of its own, so that what is stored does
 * not depend on how finely time advances. Call {@link advance} up to an instant before anything changes that a
 * target shows after it.
 */
export class Scraping {
  private readonly store: SeriesStore;
  private readonly random: Random;
  private readonly settings: ScrapeSettings;
  private readonly targets = new Set<ScrapedTarget>();
  private now: number;
  /** While true nothing is scraped and no marker is written: Prometheus itself is away. */
  paused = false;

  /** @param random gives every target its phase and dice */
  constructor(store: SeriesStore, random: Random, nowSeconds: number, settings: Partial<ScrapeSettings> = {}) {
    this.store = store;
    this.random = random;
    this.now = nowSeconds;
    this.settings = { ...SCRAPES, ...settings };
  }

  get nowSeconds(): number {
    return this.now;
  }

  /** A target that is scraped from its next turn on. */
  target(settings: Partial<ScrapeSettings> = {}): Target {
    const dice = seededRandom(Math.floor(this.random() * 2 ** 32));
    const target = new ScrapedTarget(this.store, dice, this.now, { ...this.settings, ...settings });
    this.targets.add(target);
    return target;
  }

  /** Everything that is scraped up to and at this instant. */
  advance(toSeconds: number): void {
    for (const target of this.targets) if (target.advance(toSeconds, this.paused)) this.targets.delete(target);
    this.now = toSeconds;
    this.store.sweep(toSeconds * 1000);
  }
}

class ScrapedTarget implements Target {
  failing = false;
  frozen = false;
  private readonly store: SeriesStore;
  private readonly dice: Random;
  private readonly settings: ScrapeSettings;
  private readonly series: Exposed[] = [];
  private readonly schedule: ScrapeSchedule;
  private measureAt = Number.POSITIVE_INFINITY;
  private markAt = Number.POSITIVE_INFINITY;
  private removed = false;
  /** The newest scrapes, the newest last: when, and whether they were lost. */
  private scrapes: { readonly atSeconds: number; readonly lost: boolean }[] = [];

  constructor(store: SeriesStore, dice: Random, nowSeconds: number, settings: ScrapeSettings) {
    this.store = store;
    this.dice = dice;
    this.settings = settings;
    this.schedule = new ScrapeSchedule(dice, nowSeconds, settings);
    if (settings.housekeeping) this.measureAt = nowSeconds + dice() * settings.housekeeping.leastSeconds;
  }

  expose(labels: Labels, read: Reading): () => void {
    const exposed: Exposed = { labels, read, stored: undefined, shown: undefined, measured: undefined, hidden: false };
    this.series.push(exposed);
    return () => {
      exposed.hidden = true;
    };
  }

  lostInARow(bySeconds: number): number {
    const until = this.scrapes.filter(({ atSeconds }) => atSeconds <= bySeconds);
    return until.length - 1 - until.findLastIndex(({ lost }) => !lost);
  }

  remove(): void {
    if (this.removed) return;
    this.removed = true;
    this.measureAt = Number.POSITIVE_INFINITY;
    this.markAt = this.schedule.startMs / 1000 + 1.1 * this.settings.everySeconds;
  }

  /** @returns whether it is gone and all is written */
  advance(toSeconds: number, paused: boolean): boolean {
    if (this.removed) {
      if (this.markAt > toSeconds) return false;
      if (!paused) this.markAll();
      return true;
    }
    while (this.schedule.readAt <= toSeconds || this.measureAt <= toSeconds) {
      if (this.measureAt < this.schedule.readAt) this.measure();
      else this.scrape(paused);
    }
    return false;
  }

  private scrape(paused: boolean): void {
    const lost = this.schedule.lost();
    this.scrapes = [...this.scrapes.slice(1 - REMEMBERED_SCRAPES), { atSeconds: this.schedule.startMs / 1000, lost }];
    if (!paused) {
      if (lost || this.failing) this.markAll();
      else for (const exposed of this.series) this.record(exposed);
    }
    for (let i = this.series.length - 1; i >= 0; i--) if (this.series[i]!.hidden) this.series.splice(i, 1);
    this.schedule.advance();
  }

  private record(exposed: Exposed): void {
    const { housekeeping } = this.settings;
    const { timeMs, value } = housekeeping
      ? (exposed.measured ?? { timeMs: this.schedule.startMs, value: undefined })
      : { timeMs: this.schedule.startMs, value: this.frozen ? exposed.shown : exposed.read(this.schedule.readAt) };
    exposed.shown = value;
    if (value === undefined || exposed.hidden) this.mark(exposed);
    else this.logOf(exposed).append(timeMs, value);
  }

  private measure(): void {
    const { leastSeconds, mostSeconds } = this.settings.housekeeping!;
    const timeMs = Math.round(this.measureAt * 1000);
    for (const exposed of this.series) {
      if (!exposed.hidden && !this.frozen) exposed.measured = { timeMs, value: exposed.read(this.measureAt) };
    }
    this.measureAt += leastSeconds + this.dice() * (mostSeconds - leastSeconds);
  }

  private markAll(): void {
    for (const exposed of this.series) this.mark(exposed);
  }

  /** Only what was there can end, and only with a time of Prometheus' own. */
  private mark(exposed: Exposed): void {
    if (this.settings.housekeeping || !exposed.stored || exposed.stored.dropped || exposed.stored.log.ended) return;
    exposed.stored.log.markStale(this.schedule.startMs);
  }

  private logOf(exposed: Exposed) {
    if (!exposed.stored || exposed.stored.dropped) exposed.stored = this.store.series(exposed.labels);
    return exposed.stored.log;
  }
}
