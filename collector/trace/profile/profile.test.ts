import { describe, expect, it } from 'vitest';
import { DAY_SECONDS, HOUR_SECONDS, type Samples } from '../../../core/series.ts';
import { exampleTrace } from '../../../replay/example.ts';
import { traceFindings } from '../findings/findings.ts';
import { profileTrace } from './profile.ts';

/** Monday 6 May 2024, 00:00 UTC. */
const MONDAY = 1_714_953_600;

/** Minutes from a Monday on: `value(minute)`, undefined leaves the row out. */
function minutes(count: number, value: (minute: number) => number | undefined, step = 60): Samples {
  const times: number[] = [];
  const values: number[] = [];
  for (let i = 0; i < count; i++) {
    const v = value(i);
    if (v === undefined) continue;
    times.push(MONDAY + i * step);
    values.push(v);
  }
  return { times: Float64Array.from(times), values: Float64Array.from(values) };
}
const DAY = 1440;
const daily = (minute: number) => 100.5 + 50 * Math.sin((2 * Math.PI * minute) / DAY);
const findings = (samples: Samples) =>
  traceFindings(profileTrace(samples)).map(({ severity, what }) => `${severity}: ${what}`);

describe('a profile', () => {
  it('of the embedded example', () => {
    const profile = profileTrace(exampleTrace());
    expect(profile).toMatchObject({
      stepSeconds: 60,
      irregularFraction: expect.closeTo(0, 2),
      zeros: 0,
      zeroOutages: [],
      levelShifts: [],
    });
    expect(profile.gaps).toMatchObject({ count: 1, seconds: 52 * 60 });
    expect(profile.values.max).toBeGreaterThan(750);
  });

  it('has the hour of the week, Monday first, and NaN where no row fell', () => {
    const profile = profileTrace(minutes(2 * DAY, (i) => (i >= 60 && i < 120 ? 7 : i >= DAY ? undefined : 1)));
    expect([...profile.hourOfWeek.slice(0, 3)]).toEqual([1, 7, 1]);
    expect(profile.hourOfWeek[24]).toBeNaN();
    expect(profile.hourOfWeek.length).toBe(168);
  });

  it('of a single row', () => {
    const profile = profileTrace(minutes(1, () => 5));
    expect(profile).toMatchObject({ rows: 1, stepSeconds: undefined, gaps: { count: 0, longest: undefined } });
  });
});

describe('findings', () => {
  it('none on a clean fortnight', () => expect(findings(minutes(14 * DAY + 1, daily))).toEqual([]));

  it('too short: what history would fit', () => {
    const [finding] = traceFindings(profileTrace(minutes(2 * DAY, daily)));
    expect(finding).toMatchObject({ severity: 'error', what: 'It spans 48 h.' });
    expect(finding!.meaning).toMatch(/replay it with --history 46h or less/);
  });

  it('nothing but zeros', () => expect(findings(minutes(15 * DAY, () => 0))).toContain('error: Every value is zero.'));

  it('a gap is no data', () => {
    const found = findings(minutes(15 * DAY, (i) => (i > 5000 && i < 5300 ? undefined : daily(i))));
    expect(found).toEqual([
      'warning: 1 gap without rows, 1.39 % of the span; the longest 5 h from 2024-05-09T11:20:00Z.',
    ]);
  });

  it('an outage recorded as zero', () => {
    const found = findings(minutes(15 * DAY, (i) => (i >= 5000 && i < 5030 ? 0 : daily(i))));
    expect(found).toEqual([
      expect.stringMatching(
        /^warning: 1 stretch of zeros amid load, 30 min in all; the first from 2024-05-09T11:20:00Z, falling from about 1\d\d\.$/,
      ),
    ]);
  });

  it('zeros of every night are a habit', () => {
    expect(findings(minutes(15 * DAY, (i) => (i % DAY < 300 ? 0 : daily(i))))).toEqual([
      'warning: The load is zero each day from 00:00 to 05:00 UTC (15 of 15); 21 % of the rows are.',
    ]);
  });

  it('a service that began mid-trace', () => {
    expect(findings(minutes(15 * DAY, (i) => (i < 2 * DAY ? 0 : daily(i))))).toEqual([
      'warning: Nothing but zeros for the first 2 days.',
    ]);
  });

  it('outliers', () => {
    const found = findings(minutes(15 * DAY, (i) => (i === 5000 ? 3000 : i === 15_000 ? 2900 : daily(i))));
    expect(found).toEqual([
      expect.stringMatching(
        /^warning: 2 rows lie far above the hours around; the largest 3,000 at 2024-05-09T11:20:00Z, \d+(\.\d+)? times/,
      ),
    ]);
  });

  // A single one is more than an outlier: it decides the peak, and with it figures.
  it('an outlier that decides the peak', () => {
    const found = findings(minutes(15 * DAY, (i) => (i === 5000 ? 3000 : daily(i))));
    expect(found).toEqual([
      'warning: One row decides the peak: 3,000 at 2024-05-09T11:20:00Z, against 151 in all the rest.',
    ]);
  });

  it('a level shift, dated', () => {
    const found = findings(minutes(21 * DAY, (i) => daily(i) * (i < 9 * DAY ? 1 : 2)));
    expect(found).toEqual([
      expect.stringMatching(/^note: The level shifts: 10\d → 20\d a usual day from 2024-05-15\.$/),
    ]);
  });

  it('a coarse step hides peaks', () => {
    expect(findings(minutes(15 * 288, daily, 300))).toEqual(['warning: A row every 5 min.']);
  });

  it('small counts are ruled by chance', () => {
    expect(findings(minutes(15 * DAY, (i) => 3 + (i % 3)))).toEqual(['note: The median row counts only 4.']);
  });

  it('come worst first, whatever the span', () => {
    const severities = traceFindings(profileTrace(minutes(DAY, (i) => (i === 700 ? 5000 : 3), 300))).map(
      ({ severity }) => severity,
    );
    expect(severities).toEqual(['error', 'warning', 'warning', 'note']);
    expect((DAY * 300) / HOUR_SECONDS).toBeLessThan((7 * DAY_SECONDS) / HOUR_SECONDS);
  });
});
