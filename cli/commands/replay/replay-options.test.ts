import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { DAY_SECONDS, HOUR_SECONDS } from '../../../core/series.ts';
import { buildProgram } from '../../program.ts';
import { type Flags, fitToTrace, parseReplayOptions } from './replay-options.ts';

/** The options as commander gives them when nothing was typed. */
const DEFAULTS = buildProgram()
  .commands.find((command) => command.name() === 'replay')!
  .opts() as Flags;
const parse = (flags: Flags, isExample = false) => parseReplayOptions({ ...DEFAULTS, ...flags }, isExample);

const START = 1_714_521_600;
/** Ten days of hours: the value is the day, and 50 for one hour of the eighth day. */
const trace = {
  source: 'load.csv',
  sha256: '',
  where: 'load.csv:242',
  findings: [],
  samples: {
    times: Float64Array.from({ length: 241 }, (_, i) => START + i * HOUR_SECONDS),
    values: Float64Array.from({ length: 241 }, (_, i) => (i === 180 ? 50 : Math.floor(i / 24))),
  },
};

describe('replay options', () => {
  it('have the defaults that the replay is defined with', () => {
    expect(parse({ podCapacity: '45' })).toEqual({
      settings: {
        unmetTargetBp: 1,
        min: 1,
        max: Infinity,
        hpaTarget: 0.7,
        observation: { kind: 'rate', scrapeSeconds: 15, windowSeconds: 60, lossProbability: 0 },
        startCostSeconds: 300,
        historySeconds: 7 * DAY_SECONDS,
        seed: 1,
        policies: ['predictive', 'hpa', 'hpa-tuned', 'cron', 'fixed-max', 'oracle'],
      },
      podSize: { podCapacity: 45 },
      until: undefined,
      language: 'en',
      output: 'table',
    });
  });

  it('the example needs no pod size: 20 pods at peak', () => {
    expect(parse({}, true).podSize).toEqual({ peakPods: 20 });
  });

  it('--fixed adds its policy', () => {
    expect(parse({ peakPods: '5', fixed: '12', policies: 'hpa' }).settings).toMatchObject({
      fixed: 12,
      policies: ['hpa', 'fixed'],
    });
  });

  const conflicts: [Flags, RegExp][] = [
    [{}, /^--pod-capacity <units> is missing: the demand one pod serves \(or --peak-pods/],
    [{ podCapacity: '45', peakPods: '20' }, /^--pod-capacity conflicts with --peak-pods/],
    [{ podCapacity: '45', min: '5', max: '4' }, /^--min: found 5, above --max 4; expected min ≤ max$/],
    [{ podCapacity: '45', policies: 'fixed' }, /^--policies: fixed needs --fixed <pods>$/],
    [{ podCapacity: '45', max: '0' }, /^--max: found "0"; expected a whole number of pods from 1/],
    [{ podCapacity: '45', lang: 'de' }, /^--lang: found "de"; expected en or zh$/],
    [{ podCapacity: '45', output: 'html' }, /^--output: found "html"; expected table, json or yaml$/],
  ];
  for (const [flags, sentence] of conflicts) {
    it(`${JSON.stringify(flags)} is refused`, () => expect(() => parse(flags)).toThrow(sentence));
  }
});

describe('a trace and the options', () => {
  it('--peak-pods: the largest value of the history ÷ n', () => {
    expect(fitToTrace(trace, parse({ peakPods: '3' })).settings.podCapacity).toBe(2);
    expect(fitToTrace(trace, parse({ peakPods: '5', history: '9d' })).settings.podCapacity).toBe(10);
  });

  it('a history of zeros: the largest value of the whole trace', () => {
    expect(fitToTrace(trace, parse({ peakPods: '5', history: '1d' })).settings.podCapacity).toBe(10);
    const zeros = { ...trace, samples: { ...trace.samples, values: new Float64Array(241) } };
    expect(() => fitToTrace(zeros, parse({ peakPods: '5' }))).toThrow(/^--peak-pods: every value of the trace is zero/);
  });

  it('--until cuts after an instant, or after a time from the first replayed one', () => {
    const last = (until: string) => fitToTrace(trace, parse({ peakPods: '5', until })).samples.times.at(-1);
    expect(last('1d')).toBe(START + 8 * DAY_SECONDS);
    expect(last('2024-05-10T00:30:00Z')).toBe(START + 9 * DAY_SECONDS);
    expect(last('30d')).toBe(START + 10 * DAY_SECONDS);
    expect(() => last('30m')).toThrow(
      /^--until: found 2024-05-08T00:30:00Z; expected at least an hour after the first replayed instant, 2024-05-08T00:00:00Z$/,
    );
    expect(() => last('2024-05-01T12:00:00Z')).toThrow(/^--until: found/);
  });

  it('less than the history and one hour names file and line', () => {
    expect(() => fitToTrace(trace, parse({ peakPods: '5', history: '10d' }))).toThrow(
      /^load\.csv:242: found the last of 241 rows only 10 days after the first; expected the history of 10 days \(--history\) and at least one hour more$/,
    );
    expect(fitToTrace(trace, parse({ peakPods: '5', history: '239h' })).samples).toBe(trace.samples);
  });
});

describe('--hpa', () => {
  const folder = mkdtempSync(join(tmpdir(), 'prescale-hpa-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'hpa.yaml');

  /** Options with a manifest of 2 to 30 pods. */
  function withHpa(target: string, flags: Flags = {}) {
    writeFileSync(
      file,
      `apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: { name: web }
spec:
  scaleTargetRef: { kind: Deployment, name: web }
  minReplicas: 2
  maxReplicas: 30
  metrics: [{ type: Resource, resource: { name: cpu, target: ${target} } }]
`,
    );
    return parse({ podCapacity: '10', hpa: file, ...flags });
  }
  const utilization = '{ type: Utilization, averageUtilization: 60 }';
  const amount = (text: string) => `{ type: AverageValue, averageValue: ${text} }`;
  const shareOf = (target: string) => fitToTrace(trace, withHpa(target)).settings.hpaTarget;

  it('bounds every policy as the manifest does, unless told otherwise', () => {
    expect(withHpa(utilization).settings).toMatchObject({ min: 2, max: 30, hpa: { name: 'web' } });
    expect(withHpa(utilization, { min: '1', max: '40' }).settings).toMatchObject({ min: 1, max: 40, hpa: { max: 30 } });
    expect(() => withHpa(utilization, { min: '31' })).toThrow(
      /^--min: found 31; expected at most 30, the maxReplicas of /,
    );
    expect(() => withHpa(utilization, { max: '1' })).toThrow(
      /^--max: found 1; expected at least 2, the minReplicas of /,
    );
  });

  it('has the target; --hpa-target beside it is refused', () => {
    expect(shareOf(utilization)).toBe(0.6);
    expect(() => withHpa(utilization, { hpaTarget: '70%' })).toThrow(/^--hpa-target conflicts with --hpa: the target/);
  });

  it('an amount is in the unit of the trace, and one that cannot be is a slip', () => {
    expect(shareOf(amount('8'))).toBe(0.8);
    expect(shareOf(amount('9500m'))).toBe(0.95);
    for (const slip of ['80m', '1k'])
      expect(() => shareOf(amount(slip))).toThrow(
        new RegExp(
          `hpa.yaml:8: spec.metrics\\[0\\].*averageValue: found ${slip}, .* where a pod serves 10.*; expected the metric in the unit`,
        ),
      );
  });
});
