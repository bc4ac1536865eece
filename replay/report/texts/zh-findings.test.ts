import { describe, expect, it } from 'vitest';
import { traceFindings } from '../../../collector/trace/findings/findings.ts';
import { profileTrace } from '../../../collector/trace/profile/profile.ts';
import type { Assumption, FindingName, FindingValues } from '../../../core/trace-finding-values.ts';
import type { Finding } from '../../result.ts';
import { texts } from './texts.ts';

const MONDAY = Date.UTC(2026, 2, 2) / 1_000;
const NIGHT = { periodSeconds: 86_400, offsetSeconds: 79_200, lengthSeconds: 28_800, times: 6, of: 7 };
const WEEKEND = { periodSeconds: 604_800, offsetSeconds: 406_800, lengthSeconds: 226_800, times: 2, of: 2 };
const HOURLY = { periodSeconds: 7_200, offsetSeconds: Number.NaN, lengthSeconds: 600, times: 80, of: 84 };

const EXAMPLES: { readonly [Name in FindingName]: FindingValues[Name] } = {
  counter: { readAs: 'rate', resets: 2, unexplainedFalls: 1 },
  'too-short': {},
  'too-coarse': {},
  'all-zero': {},
  'relative-time': { startSeconds: 0 },
  'coarse-step': { stepSeconds: 300 },
  'filled-demand': {
    stepSeconds: 900,
    measured: {
      stepSeconds: 600,
      loads: 6,
      hpa: { costMedianOff: 0.01, costMostOff: 0.03, unmetWithinTwo: 0.8, unmetMostOff: 3.2 },
      predictive: { costMedianOff: 0.02, costMostOff: 0.05, unmetWithinTwo: 0.6, unmetMostOff: 12 },
    },
  },
  'recurring-gaps': { windows: [NIGHT, WEEKEND, HOURLY], share: 0.33 },
  gaps: { count: 3, share: 0.004, longestSeconds: 3_060, longestStartSeconds: MONDAY },
  saturated: { from: 812, to: 818, rows: 4_000, share: 0.2 },
  'peak-outlier': { peaks: [{ within: 'history', value: 812, next: 200, timeSeconds: MONDAY, rows: 1 }] },
  outliers: { count: 3, value: 812, around: 100, timeSeconds: MONDAY, isBursty: false },
  'recurring-zeros': { windows: [HOURLY], share: 0.33 },
  'many-zeros': { share: 0.2 },
  'zero-outages': { count: 1, seconds: 3_600, firstSeconds: MONDAY, levelBefore: 300 },
  'late-start': { seconds: 86_400 },
  'level-shift': { count: 1, before: 300, after: 500, timeSeconds: MONDAY },
  constant: { value: 42 },
  'irregular-step': { share: 0.1, stepSeconds: 60 },
  'under-two-weeks': { days: 9.5 },
  'small-counts': { median: 4 },
  'read-as': { assumed: 'zone' },
};

const ASSUMPTIONS: readonly Assumption[] = [
  { assumed: 'format', format: 'grafana', title: 'a CSV of Grafana' },
  { assumed: 'columns', time: '时间', value: '数值', ignored: ['甲', '乙', '丙', '丁', '戊', '己', '庚'] },
  { assumed: 'no-header', time: 1, value: 2 },
  { assumed: 'clock-set-back', zone: 'UTC', firstSeconds: MONDAY, passes: 2 },
  { assumed: 'clock-set-back', zone: 'UTC', firstSeconds: MONDAY, passes: 1 },
  { assumed: 'date-order', order: 'dmy' },
  { assumed: 'time-unit', unit: 'excel' },
  { assumed: 'shortened', example: '1.2 K' },
  { assumed: 'unit', unit: '%' },
  { assumed: 'unit', unit: 'B' },
  { assumed: 'decimal', mark: ',', example: '1,5', value: 1.5 },
  { assumed: 'decimal', mark: '.', example: '', value: 0 },
  { assumed: 'empty', count: 3 },
  { assumed: 'sorted' },
  { assumed: 'doubled', count: 2 },
  { assumed: 'sum-per-period', statistic: '合计', periodSeconds: 300 },
  { assumed: 'sum-per-period', statistic: '合计' },
  { assumed: 'summed', series: 3, partial: 0, times: 100 },
  { assumed: 'summed', series: 3, partial: 5, times: 100 },
  { assumed: 'counted', what: 'requests', events: 1_000, skipped: 2, emptyMinutes: 3 },
  { assumed: 'encoding' },
];

const NAMES =
  /Prescale|HPA|Pod|UTC|CPU|fixed-max|--counter|--gauge|--pod-capacity|--peak-pods|--min|sum\(rate\(…\[1m\]\)\)|grafana|Excel|null|NaN|UTF-8|Windows-1252|--(?:format-in|time-column|value-column|timezone|date-format|decimal|sum)/g;
const finding = (name: FindingName, values: unknown) =>
  ({ name, severity: 'warning', text: 'in English', values }) as Finding;

describe('findings in Chinese', () => {
  it.each(Object.entries(EXAMPLES))('%s is said whole', (name, values) => {
    const text = texts('zh').finding(finding(name as FindingName, values))!;
    expect(text).toMatch(/。$/);
    expect(text.replace(NAMES, '')).not.toMatch(/[A-Za-z]{2}|NaN|undefined|null/);
  });

  it.each(ASSUMPTIONS)('what was assumed is said whole: $assumed', (values) => {
    const text = texts('zh').finding(finding('read-as', values))!;
    expect(text).toMatch(/。$/);
    expect(text.replace(NAMES, '')).not.toMatch(/[A-Za-z]{2}|undefined/);
  });

  it('name hours and days of the week', () => {
    const text = texts('zh').finding(finding('recurring-gaps', EXAMPLES['recurring-gaps']));
    expect(text).toMatch(
      /^每天 22:00 至 06:00（UTC）（7 次中有 6 次）和每周五 17:00 至周一 08:00（UTC）（2 次中有 2 次）以及另外 1 个时段没有数据；共缺失 33% 的时间。/,
    );
  });

  it('are made of what the rules found in a trace', () => {
    const times = Float64Array.from({ length: 2_400 }, (_, i) => MONDAY + i * 300);
    const values = times.map((_, i) => (i === 1_000 ? 900 : 50.5 + 20 * Math.sin(i / 45)));
    const found = traceFindings(profileTrace({ times, values }));
    expect(found.map(({ name }) => name)).toEqual(expect.arrayContaining(['coarse-step', 'peak-outlier']));
    for (const { name, values } of found) {
      expect(texts('zh').finding(finding(name, values))).not.toMatch(/NaN|undefined|null|Infinity/);
    }
  });

  it('are left in English where there is only a text', () => {
    expect(texts('zh').finding({ name: 'gaps', severity: 'note', text: 'in English' })).toBeUndefined();
  });
});
