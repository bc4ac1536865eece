import { describe, expect, it } from 'vitest';
import { parseObservation } from './observation-options.ts';

describe('what policies see, as typed', () => {
  it('is rate[1m] of 15 s scrapes unless something else is said; four scrapes make a window', () => {
    expect(parseObservation({})).toEqual({ kind: 'rate', scrapeSeconds: 15, windowSeconds: 60, lossProbability: 0 });
    expect(parseObservation({ scrapeInterval: '30s' })).toMatchObject({ scrapeSeconds: 30, windowSeconds: 120 });
    expect(parseObservation({ scrapeInterval: '30s', rateWindow: '5m', scrapeLoss: '1%' })).toEqual({
      kind: 'rate',
      scrapeSeconds: 30,
      windowSeconds: 300,
      lossProbability: 0.01,
    });
    expect(parseObservation({ observation: 'gauge', scrapeInterval: '1m' })).toEqual({
      kind: 'gauge',
      scrapeSeconds: 60,
      lossProbability: 0,
    });
    expect(parseObservation({ observation: 'exact' })).toEqual({ kind: 'exact' });
  });

  const wrong: [Record<string, string>, RegExp][] = [
    [{ observation: 'rates' }, /^--observation: found "rates"; expected rate, gauge or exact$/],
    [{ scrapeInterval: '0s' }, /^--scrape-interval: found "0s"; expected a duration above zero/],
    [{ scrapeInterval: '10m' }, /^--scrape-interval: found "10m"; expected a duration from 1 s to 5 min$/],
    [{ rateWindow: '2h' }, /^--rate-window: found "2h"; expected a duration from 1 s to 1 h$/],
    [
      { scrapeInterval: '60s', rateWindow: '60s' },
      /^--rate-window: found "60s"; expected at least 2 min: a rate needs two scrapes in its window, and they are 60 s apart \(--scrape-interval\)$/,
    ],
    [{ scrapeLoss: '80%' }, /^--scrape-loss: found "80%"; expected a share of 0 to 50%, written as 1% or as 0.01$/],
    [
      { observation: 'exact', scrapeInterval: '30s' },
      /^--scrape-interval conflicts with --observation exact: nothing is scraped$/,
    ],
    [
      { observation: 'gauge', rateWindow: '1m' },
      /^--rate-window conflicts with --observation gauge: its newest sample is read, without a window$/,
    ],
  ];
  for (const [flags, sentence] of wrong) {
    it(`${JSON.stringify(flags)} is refused`, () => expect(() => parseObservation(flags)).toThrow(sentence));
  }
});
