import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../core/random.ts';
import { instantValue } from '../../core/scraping/range-functions.ts';
import { WorkCounter } from './metered.ts';
import { CADVISOR, type ScrapeSettings, Scraping } from './scraping.ts';
import { SeriesStore } from './series-store.ts';

const NAME = { __name__: 'work_total' };
const EXACT = { jitterSeconds: 0, readSeconds: 0 };

function scraped(settings: Partial<ScrapeSettings> = {}, seed = 3) {
  const store = new SeriesStore(3600);
  const scraping = new Scraping(store, seededRandom(seed), 0, settings);
  return { store, scraping, target: scraping.target() };
}

/** [seconds, value] of all samples; a staleness marker has the value undefined. */
function samplesOf(store: SeriesStore): [number, number | undefined][] {
  const log = store.select('work_total', [])[0]?.log;
  if (!log) return [];
  return Array.from({ length: log.end - log.from }, (_, i) => {
    const at = log.from + i;
    return [log.times[at]! / 1000, log.stale[at] === 1 ? undefined : log.values[at]!];
  });
}

describe('scrapes', () => {
  it('come at their interval, each target at a phase of its own, and hold the counter as it was then', () => {
    const { store, scraping, target } = scraped(EXACT);
    const counter = new WorkCounter(0);
    target.expose(NAME, (at) => counter.at(at));
    counter.grow(2, 0);
    scraping.advance(60);
    counter.grow(10, 60);
    scraping.advance(120);
    const samples = samplesOf(store);
    expect(samples).toHaveLength(8);
    for (const [i, [time, value]] of samples.entries()) {
      expect(time).toBeCloseTo(samples[0]![0] + 15 * i, 2);
      expect(value).toBeCloseTo(time <= 60 ? 2 * time : 120 + 10 * (time - 60), 1);
    }
    const phases = new Set([1, 2, 3, 4].map((seed) => scrapedPhase(seed)));
    expect(phases.size).toBe(4);
  });

  function scrapedPhase(seed: number): number {
    const { store, scraping, target } = scraped(EXACT, seed);
    target.expose(NAME, () => 1);
    scraping.advance(20);
    return samplesOf(store)[0]![0];
  }

  it('that were lost in a row are counted up to an instant, a pause of the server is none of them', () => {
    const { store, scraping, target } = scraped({ ...EXACT, lossProbability: 0.5 });
    target.expose(NAME, () => 1);
    const seen = new Set<number>();
    for (let now = 15; now <= 1_200; now += 15) {
      scraping.advance(now);
      const lost = target.lostInARow(now);
      seen.add(lost);
      const newest = samplesOf(store).findLast(([, value]) => value !== undefined)?.[0];
      if (newest !== undefined) expect(lost).toBe(Math.floor((now - newest) / 15 + 1e-6));
    }
    expect([...seen]).toEqual(expect.arrayContaining([0, 1, 2, 3]));
    const whole = scraped(EXACT);
    whole.target.expose(NAME, () => 1);
    whole.scraping.advance(60);
    whole.scraping.paused = true;
    whole.scraping.advance(240);
    expect(whole.target.lostInARow(240)).toBe(0);
  });

  it('are the same however finely time advances', () => {
    const run = (step: number) => {
      const { store, scraping, target } = scraped({ jitterSeconds: 3, readSeconds: 1, lossProbability: 0.2 });
      target.expose(NAME, (at) => at ** 2);
      for (let now = 0; now <= 1200; now += step) scraping.advance(now);
      return samplesOf(store);
    };
    expect(run(1)).toEqual(run(60));
    expect(run(1).length).toBeGreaterThan(50);
  });

  it('jitter about their schedule and never drift from it', () => {
    const { store, scraping, target } = scraped({ jitterSeconds: 2, readSeconds: 0 });
    target.expose(NAME, (at) => at);
    scraping.advance(3000);
    const turns = samplesOf(store).map(([time], i) => time - 15 * i);
    const middle = (Math.max(...turns) + Math.min(...turns)) / 2;
    expect(Math.max(...turns) - Math.min(...turns)).toBeGreaterThan(3);
    for (const turn of turns) expect(Math.abs(turn - middle)).toBeLessThanOrEqual(2.01);
  });

  it('that fail end the series until the next one; a pause of Prometheus ends nothing', () => {
    const { store, scraping, target } = scraped(EXACT);
    target.expose(NAME, (at) => at);
    scraping.advance(60);
    target.failing = true;
    scraping.advance(120);
    target.failing = false;
    scraping.advance(180);
    const ended = samplesOf(store).filter(([, value]) => value === undefined);
    expect(ended).toHaveLength(1);
    scraping.paused = true;
    scraping.advance(300);
    scraping.paused = false;
    scraping.advance(360);
    const after = samplesOf(store);
    expect(after.filter(([, value]) => value === undefined)).toHaveLength(1);
    expect(after.filter(([time]) => time > 180 && time < 300)).toEqual([]);
  });

  it('of a target that is frozen show the value of before; an exporter with times of its own shows nothing new', () => {
    for (const housekeeping of [undefined, CADVISOR]) {
      const { store, scraping, target } = scraped({ ...EXACT, ...(housekeeping ? { housekeeping } : {}) });
      target.expose(NAME, (at) => at);
      scraping.advance(120);
      target.frozen = true;
      const [lastTime, lastValue] = samplesOf(store).at(-1)!;
      scraping.advance(240);
      const later = samplesOf(store).filter(([time]) => time > lastTime);
      if (housekeeping) expect(later.length).toBeLessThanOrEqual(1);
      else expect(later.map(([, value]) => value)).toEqual(Array(8).fill(lastValue));
      target.frozen = false;
      scraping.advance(300);
      expect(samplesOf(store).at(-1)![1]).toBeGreaterThan(270);
    }
  });

  it('of a pod that is gone end with the time of the next scrape, which arrives 1.1 intervals later', () => {
    const { store, scraping, target } = scraped(EXACT);
    target.expose(NAME, (at) => at);
    scraping.advance(61);
    target.remove();
    const [last] = samplesOf(store).at(-1)!;
    scraping.advance(last + 15 + 16);
    expect(samplesOf(store).at(-1)![0]).toBe(last);
    const { log } = store.select('work_total', [])[0]!;
    // Until then the gauge of the pod that is gone goes on being the newest.
    expect(instantValue(log, (last + 31) * 1000, 300_000)).toBeCloseTo(last, 2);
    scraping.advance(last + 15 + 17);
    expect(samplesOf(store).at(-1)).toEqual([expect.closeTo(last + 15, 2), undefined]);
    expect(instantValue(log, (last + 32) * 1000, 300_000)).toBeUndefined();
  });

  it('of an exporter with times of its own bear those, 10 to 20 s apart, and end without a marker', () => {
    const { store, scraping, target } = scraped({ everySeconds: 30, housekeeping: CADVISOR, ...EXACT });
    target.expose(NAME, (at) => at);
    scraping.advance(3000);
    const samples = samplesOf(store);
    for (const [time, value] of samples) expect(value).toBeCloseTo(time, 2);
    const apart = samples.slice(1).map(([time], i) => time - samples[i]![0]);
    expect(Math.min(...apart)).toBeLessThan(25);
    expect(Math.max(...apart)).toBeGreaterThan(35);
    target.remove();
    scraping.advance(3100);
    expect(samplesOf(store).at(-1)![1]).toBeDefined();
  });

  it('of a thousand pods that came and went leave nothing behind', () => {
    const { store, scraping } = scraped();
    const small = new SeriesStore(300);
    const own = new Scraping(small, seededRandom(1), 0);
    for (let pod = 0; pod < 1000; pod++) {
      const target = own.target();
      target.expose({ ...NAME, pod: `web-${pod}` }, (at) => at);
      own.advance(60 * (pod + 1));
      target.remove();
    }
    expect([...small.all()].length).toBeLessThan(12);
    scraping.advance(1);
    expect([...store.all()]).toEqual([]);
  });

  it('after a pause longer than the retention begin a new series', () => {
    const small = new SeriesStore(120);
    const own = new Scraping(small, seededRandom(1), 0);
    own.target().expose(NAME, (at) => at);
    own.advance(100);
    own.paused = true;
    own.advance(1000);
    expect([...small.all()]).toEqual([]);
    own.paused = false;
    own.advance(1030);
    expect(samplesOf(small).length).toBeGreaterThan(0);
  });
});
