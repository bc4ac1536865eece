/* Over 350 lines: a list, one family of scenarios after the other. */
import fc from 'fast-check';
import type { Command, ScenarioInput } from './scenario.ts';

/*
 * Situations in which something once went wrong, and which faults drawn at random hardly ever make: each is a family of scenarios. One
 * seed in five is of one of them; a mutation that shows nowhere else is hunted there.
 */

type WorkloadInput = ScenarioInput['workloads'][number];
type CommandInput = NonNullable<ScenarioInput['commands']>[number];
type Change = NonNullable<WorkloadInput['demand']['changes']>[number];
type Metric = 'requests' | 'queue' | 'cpu' | 'memory';

export interface Situation {
  /** What it is, in words. */
  readonly what: string;
  readonly arbitrary: fc.Arbitrary<ScenarioInput>;
}

const HOUR = 3_600;
const FAST = { nodes: 'virtual', p50: 9, p90: 20 } as const;
const SLOW = { nodes: 'ordinary', p50: 100, p90: 180 } as const;

/** Seconds, in fives. */
const between = (least: number, most: number) => fc.integer({ min: least / 5, max: most / 5 }).map((k) => 5 * k);
const pods = fc.integer({ min: 6, max: 16 });
const anyMetric = fc.constantFrom<Metric>('requests', 'requests', 'cpu', 'queue');
const learns = fc.constantFrom('auto' as const, 'predictive' as const);

/** A workload that runs at its need. */
function web(metric: Metric, level: number, more: Partial<WorkloadInput> = {}, changes: readonly Change[] = []) {
  const onPods = metric === 'cpu' || metric === 'memory';
  return {
    name: 'web',
    metric,
    replicas: Math.ceil(level),
    max: 100,
    startup: FAST,
    ...(onPods ? { target: 0.5, request: 1, ofRequest: true } : { target: metric === 'queue' ? 5 : 10 }),
    // Nothing that is measured is constant to the last digit.
    demand: { level: level - 0.3, noise: 0.005, changes: [...changes] },
    ...more,
  } satisfies WorkloadInput;
}

function story(
  workloads: readonly WorkloadInput[],
  commands: readonly CommandInput[],
  more: Partial<ScenarioInput> = {},
) {
  return { duration: 0.75 * HOUR, workloads: [...workloads], commands: [...commands], ...more } satisfies ScenarioInput;
}

const step = (at: number, to: number): Change => ({ kind: 'step', at, to });
const fault = (action: Command['do'], at: number, lasts: number, more: Partial<CommandInput> = {}): CommandInput => ({
  do: action,
  at,
  for: lasts,
  ...more,
});

export const SITUATIONS: Readonly<Record<string, Situation>> = {
  'false-zero': {
    what: 'a metric is 0 for some minutes; all processes, the leader or none are killed meanwhile',
    arbitrary: fc
      .record({
        metric: anyMetric,
        level: pods,
        mode: learns,
        lasts: between(150, 840),
        after: between(45, 300),
        who: fc.constantFrom('leader', 'all', 'nobody'),
      })
      .map(({ metric, level, mode, lasts, after, who }) =>
        story(
          [web(metric, level, { mode })],
          [
            fault('metric-zero', 900, lasts),
            ...(who === 'nobody' ? [] : [fault('kill', 900 + after, 5, who === 'leader' ? { target: who } : {})]),
          ],
        ),
      ),
  },
  'frozen-low': {
    what: 'a metric stands still at the end of a fall, while the load comes back',
    arbitrary: fc
      .record({
        metric: fc.constantFrom<Metric>('requests', 'queue'),
        level: pods,
        mode: learns,
        left: fc.constantFrom(0.3, 0.5, 0.7),
        after: between(75, 150),
        back: between(15, 180),
        lasts: between(600, 780),
      })
      .map(({ metric, level, mode, left, after, back, lasts }) => {
        const changes = [step(900, left * level), step(900 + after + back, level - 0.3)];
        const demand = { level: level - 0.3, noise: 0.05, changes };
        return story([web(metric, level, { mode, demand })], [fault('metric-frozen', 900 + after, lasts)]);
      }),
  },
  'half-filled': {
    what: 'a metric is away for some minutes and comes back with half-filled windows; processes begin anew before that or not',
    arbitrary: fc
      .record({
        metric: anyMetric,
        level: pods,
        mode: learns,
        away: between(120, 480),
        before: between(15, 120),
        anew: fc.boolean(),
      })
      .map(({ metric, level, mode, away, before, anew }) =>
        story(
          [web(metric, level, { mode })],
          [
            fault('metric-away', 900, away),
            ...(anew ? [fault('kill', 900 + away - before, 5)] : []),
            fault('metric-half-filled', 900 + away, 75),
          ],
        ),
      ),
  },
  'anew-in-a-fall': {
    what: 'the load falls, and whoever decides begins anew within five minutes',
    arbitrary: fc
      .record({
        ...{
          metric: anyMetric,
          level: pods,
          mode: learns,
          left: fc.constantFrom(0.1, 0.3, 0.6),
          after: between(30, 270),
        },
        action: fc.constantFrom('kill' as const, 'upgrade' as const, 'stop' as const),
        who: fc.constantFrom('leader', 'standby', 'standby', 'all'),
      })
      .map(({ metric, level, mode, left, after, action, who }) => {
        const aimed = action === 'upgrade' || who === 'all' ? {} : { target: who };
        return story(
          [web(metric, level, { mode }, [step(900, left * level)])],
          [{ do: action, at: 900 + after, ...aimed, ...(action === 'kill' ? { for: 5 } : {}) }],
        );
      }),
  },
  bursts: {
    what: 'a burst each three to seven minutes, for an hour and a half',
    arbitrary: fc
      .record({
        level: pods,
        each: between(180, 420),
        lasts: between(45, 120),
        times: fc.constantFrom(1.5, 2, 3),
        mode: learns,
      })
      .map(({ level, each, lasts, times, mode }) => {
        const changes = Array.from({ length: Math.floor((1.4 * HOUR) / each) }, (_, k) => ({
          kind: 'burst' as const,
          at: 300 + k * each,
          for: lasts,
          to: times * level,
        }));
        return story([web('requests', level, { mode }, changes)], [], { duration: 1.5 * HOUR });
      }),
  },
  'another-unit': {
    what: 'a metric changes its unit, for minutes or for longer than that is doubted',
    arbitrary: fc
      .record({
        metric: fc.constantFrom<Metric>('requests', 'queue'),
        level: pods,
        lasts: between(120, 1_200),
        mode: learns,
      })
      .map(({ metric, level, lasts, mode }) =>
        story([web(metric, level, { mode, max: 200 })], [fault('metric-unit', 1_200, lasts)], { duration: HOUR }),
      ),
  },
  'pods-refused': {
    what: 'a quota refuses pods while the load rises',
    arbitrary: fc
      .record({
        metric: anyMetric,
        level: pods,
        room: fc.integer({ min: 0, max: 4 }),
        mode: learns,
        times: fc.constantFrom(1.5, 2, 3),
      })
      .map(({ metric, level, room, mode, times }) =>
        story(
          [web(metric, level, { mode }, [{ kind: 'ramp', at: 600, for: 1_200, to: times * level }])],
          [fault('quota', 500, 1_900, { to: level + room })],
        ),
      ),
  },
  'pods-stuck': {
    what: 'new pods never become Ready while the load rises',
    arbitrary: fc
      .record({
        metric: anyMetric,
        level: pods,
        mode: learns,
        times: fc.constantFrom(1.5, 2, 3),
        action: fc.constantFrom(
          'image-pull' as const,
          'crash-loop' as const,
          'never-ready' as const,
          'no-nodes' as const,
        ),
      })
      .map(({ metric, level, mode, times, action }) =>
        story(
          [web(metric, level, { mode }, [{ kind: 'ramp', at: 600, for: 1_800, to: times * level }])],
          [fault(action, 500, 2_100, { workload: 'web' })],
        ),
      ),
  },
  'scaled-by-others': {
    what: 'kubectl scales up or to 0; all processes begin anew after it or not',
    arbitrary: fc
      .record({
        metric: anyMetric,
        level: pods,
        mode: learns,
        to: fc.constantFrom(0, 1.3, 1.6),
        anew: fc.boolean(),
        after: between(60, 240),
      })
      .map(({ metric, level, mode, to, anew, after }) =>
        story(
          [web(metric, level, { mode })],
          [
            { do: 'scale', at: 900, workload: 'web', to: Math.round(to * level) },
            ...(anew ? [fault('kill', 900 + after, 5)] : []),
          ],
        ),
      ),
  },
  'put-back': {
    what: 'GitOps puts its number back, again and again',
    arbitrary: fc
      .record({ metric: anyMetric, level: pods, mode: learns, to: fc.constantFrom(0.4, 0.7), lasts: between(300, 900) })
      .map(({ metric, level, mode, to, lasts }) =>
        story(
          [web(metric, level, { mode })],
          [fault('gitops', 900, lasts, { workload: 'web', to: Math.round(to * level) })],
        ),
      ),
  },
  'all-fall': {
    what: 'the load of eight workloads falls at once',
    arbitrary: fc
      .record({
        levels: fc.array(pods, { minLength: 6, maxLength: 8 }),
        left: fc.constantFrom(0.15, 0.3),
        mode: learns,
      })
      .map(({ levels, left, mode }) =>
        story(
          levels.map((level, k) => ({
            ...web('requests', level, { mode }, [step(900, left * level)]),
            name: `web-${k}`,
          })),
          [],
        ),
      ),
  },
  'at-the-limit': {
    what: 'the CPU limit of the pods lies below their target: they show less than they are asked for',
    arbitrary: fc
      .record({ level: pods, limit: fc.constantFrom(0.7, 0.8) })
      .map(({ level, limit }) =>
        story([web('cpu', level, { target: 1, request: 1, ofRequest: false, limit })], [], { duration: 0.5 * HOUR }),
      ),
  },
  'a-persons-word': {
    what: 'a person pauses it, or sets a minimum or maximum, while the load changes',
    arbitrary: fc
      .record({
        ...{
          metric: anyMetric,
          level: pods,
          mode: learns,
          times: fc.constantFrom(0.3, 0.5, 1.5, 2),
          lasts: between(600, 1_200),
        },
        action: fc.constantFrom('pause' as const, 'set-min' as const, 'set-max' as const),
        share: fc.constantFrom(0.7, 1, 1.2),
      })
      .map(({ metric, level, mode, times, lasts, action, share }) =>
        story(
          [web(metric, level, { mode }, [{ kind: 'ramp', at: 900, for: 300, to: times * level }])],
          [
            fault(action, 700, lasts, {
              workload: 'web',
              ...(action === 'pause' ? {} : { to: Math.round(share * level) }),
            }),
          ],
        ),
      ),
  },
  'clock-jumps': {
    what: 'the clock of the leader or of all jumps, near a fall',
    arbitrary: fc
      .record({
        ...{
          metric: anyMetric,
          level: pods,
          mode: learns,
          left: fc.constantFrom(0.1, 0.4),
          by: fc.constantFrom(-600, -120, 90, 300, 600),
        },
        before: between(-120, 500),
        lasts: between(60, 300),
        who: fc.constantFrom('leader', 'all'),
      })
      .map(({ metric, level, mode, left, by, before, lasts, who }) =>
        story(
          [web(metric, level, { mode }, [step(1_200, left * level), step(1_700, level - 0.3)])],
          [fault('jump', 1_200 - before, lasts, { by, ...(who === 'leader' ? { target: who } : {}) })],
        ),
      ),
  },
  'demand-fails': {
    what: 'the load doubles at once while pods take minutes to start',
    arbitrary: fc
      .record({
        metric: anyMetric,
        level: pods,
        times: fc.constantFrom(1.5, 2, 3),
        startup: fc.constantFrom(FAST, SLOW),
        mode: learns,
      })
      .map(({ metric, level, times, startup, mode }) =>
        story([web(metric, level, { mode, startup }, [step(600, times * level), step(1_300, level)])], []),
      ),
  },
  'at-the-target': {
    what: 'pods are at their target when they are opted in, with a baseline or not, a little more load or none',
    arbitrary: fc
      .record({
        ...{
          level: pods,
          idle: fc.constantFrom(0, 0.2, 0.32),
          more: fc.constantFrom(1, 1.04, 1.3),
          metric: fc.constantFrom<Metric>('cpu', 'requests'),
        },
        mode: learns,
        ofRequest: fc.boolean(),
      })
      .map(({ level, idle, more, metric, mode, ofRequest }) => {
        const demand = { level: more * level - 0.02, noise: 0.005 };
        const baseline = metric === 'cpu' ? { baseline: idle, ofRequest } : {};
        return story([{ ...web(metric, level, { mode, demand, ...baseline }), replicas: level }], []);
      }),
  },
  rollouts: {
    what: 'a rollout to other requests is stuck, or passes',
    arbitrary: fc
      .record({ level: pods, to: fc.constantFrom(0.5, 2, 4), stuck: fc.boolean(), mode: learns })
      .map(({ level, to, stuck, mode }) =>
        story(
          [web('cpu', level, { mode })],
          [{ do: stuck ? 'stuck-rollout' : 'rollout', workload: 'web', at: 900, to, ...(stuck ? { for: 900 } : {}) }],
        ),
      ),
  },
  strangers: {
    what: 'idle pods of others fallBack the label while the load rises',
    arbitrary: fc
      .record({
        metric: fc.constantFrom<Metric>('cpu', 'memory', 'requests'),
        level: pods,
        count: fc.integer({ min: 2, max: 12 }),
        mode: learns,
      })
      .map(({ metric, level, count, mode }) =>
        story(
          [web(metric, level, { mode }, [step(900, 1.5 * level)])],
          [fault('strangers', 600, 1_800, { workload: 'web', by: count })],
        ),
      ),
  },
  'learned-days': {
    what: 'a day or two of history with a wave, and ramps that go on or end',
    arbitrary: fc
      .record({
        ...{
          metric: fc.constantFrom<Metric>('requests', 'queue', 'cpu'),
          level: pods,
          days: fc.constantFrom(1, 2),
          mode: learns,
        },
        ...{
          noise: fc.constantFrom(0.02, 0.05, 0.15),
          share: fc.constantFrom(0.2, 0.5),
          times: fc.constantFrom(0.4, 1, 1.6, 2),
        },
        startup: fc.constantFrom(FAST, SLOW),
      })
      .map(({ metric, level, days, mode, noise, share, times, startup }) => {
        const changes: Change[] = times === 1 ? [] : [{ kind: 'ramp', at: 900, for: 300, to: times * level }];
        const demand = { level, noise, wave: { period: HOUR, share }, changes };
        return story([web(metric, level, { mode, demand, startup })], [], {
          history: days * 24 * HOUR,
          duration: HOUR,
        });
      }),
  },
  'noisy-queue': {
    what: 'a gauge of the instant with noise, steady, rising or falling, with gaps',
    arbitrary: fc
      .record({
        level: pods,
        mode: learns,
        noise: fc.constantFrom(0.05, 0.15, 0.3),
        times: fc.constantFrom(0.3, 1, 2),
        gap: between(30, 105),
      })
      .map(({ level, mode, noise, times, gap }) => {
        const changes: Change[] = times === 1 ? [] : [{ kind: 'ramp', at: 900, for: 240, to: times * level }];
        const demand = { level, noise, changes };
        return story([web('queue', level, { mode, demand })], [fault('metric-empty', 1_000, gap)]);
      }),
  },
  'doubts-handed-on': {
    what: 'a metric in another unit, or one that stands still at the end of a fall, while all processes over one store are replaced',
    arbitrary: fc
      .record({
        metric: fc.constantFrom<Metric>('requests', 'queue'),
        level: pods,
        mode: learns,
        unit: fc.boolean(),
        left: fc.constantFrom(0.3, 0.5),
        replaced: between(90, 300),
        lasts: between(600, 780),
      })
      .map(({ metric, level, mode, unit, left, replaced, lasts }) => {
        const changes = unit ? [] : [step(900, left * level), step(1_200, level - 0.3)];
        const demand = { level: level - 0.3, noise: 0.05, changes };
        return story(
          [web(metric, level, { mode, demand, max: 200 })],
          [fault(unit ? 'metric-unit' : 'metric-frozen', 1_100, lasts), { do: 'upgrade', at: 1_100 + replaced }],
          { mode: 'distributed' },
        );
      }),
  },
  'a-raised-minimum': {
    what: 'a person raises the minimum, its own or that of the HPA that was taken over, with and without a metric',
    arbitrary: fc
      .record({
        ...{ metric: anyMetric, level: pods, mode: learns, times: fc.constantFrom(1.2, 1.5, 2.5) },
        hpa: fc.constantFrom(true, false, false),
        trouble: fc.constantFrom(undefined, 'metric-away' as const, 'metric-nan' as const, 'no-nodes' as const),
      })
      .map(({ metric, level, mode, times, hpa, trouble }) => {
        const taken = hpa ? { hpa: { min: 2, max: 100 } } : {};
        return story(
          [web(metric, level, { mode, ...taken })],
          [
            ...(trouble ? [fault(trouble, 600, 600, { workload: 'web' })] : []),
            fault('set-min', 700, 900, { workload: 'web', to: Math.round(times * level) }),
          ],
        );
      }),
  },
  'a-scheduled-minimum': {
    what: 'a larger minimum by the clock, once or twice, while the load changes and something goes wrong as it begins',
    arbitrary: fc
      .record({
        ...{ metric: anyMetric, level: pods, mode: learns, times: fc.constantFrom(0.3, 0.6, 1, 1.5) },
        slow: fc.boolean(),
        hpa: fc.constantFrom(true, false, false),
        at: fc.integer({ min: 12, max: 18 }),
        most: fc.constantFrom(1.2, 1.5, 2.5),
        again: fc.boolean(),
        trouble: fc.constantFrom(
          undefined,
          'kill' as const,
          'upgrade' as const,
          'jump' as const,
          'freeze' as const,
          'metric-away' as const,
          'metric-zero' as const,
          'api-errors' as const,
          'pods-lost' as const,
          'rollout' as const,
        ),
        around: fc.integer({ min: -12, max: 12 }),
      })
      .map(({ metric, level, mode, times, slow, hpa, at, most, again, trouble, around }) => {
        const min = Math.round(most * level);
        const windows = [
          { at: 60 * at, for: 600, min },
          ...(again ? [{ at: 60 * (at + 14), for: 300, min: min + 2 }] : []),
        ];
        const more = { mode, windows, startup: slow ? SLOW : FAST, ...(hpa ? { hpa: { min: 2, max: 100 } } : {}) };
        return story(
          [web(metric, level, more, [{ kind: 'ramp', at: 900, for: 300, to: times * level }])],
          trouble === undefined ? [] : [{ do: trouble, at: 60 * at + 5 * around, for: 60, workload: 'web' }],
        );
      }),
  },
  'taken-back': {
    what: 'a person opts a workload out, observes or pauses it while the load changes, beside an HPA that was taken over or alone',
    arbitrary: fc
      .record({
        ...{ metric: anyMetric, level: pods, mode: learns, times: fc.constantFrom(0.3, 0.6, 1.5, 2) },
        hpa: fc.constantFrom(true, true, false),
        action: fc.constantFrom('opt-out' as const, 'opt-out' as const, 'observe' as const, 'pause' as const),
        at: between(700, 1_000),
        lasts: fc.constantFrom(30, 120, 900),
        trouble: fc.constantFrom(
          undefined,
          'kill' as const,
          'stop' as const,
          'freeze' as const,
          'upgrade' as const,
          'api-outage' as const,
          'api-conflicts' as const,
          'api-lost-answers' as const,
          'watches-silent' as const,
          'metric-away' as const,
          'redis-lost' as const,
          'redis-frozen' as const,
        ),
        around: fc.integer({ min: -6, max: 6 }),
        again: fc.boolean(),
      })
      .map(({ metric, level, mode, times, hpa, action, at, lasts, trouble, around, again }) =>
        story(
          [
            web(metric, level, { mode, ...(hpa ? { hpa: { min: 2, max: 100 } } : {}) }, [
              { kind: 'ramp', at: 800, for: 300, to: times * level },
            ]),
          ],
          [
            ...(trouble === undefined
              ? []
              : [{ do: trouble, at: at + 5 * around, for: 60, ...(trouble === 'kill' ? { target: 'leader' } : {}) }]),
            fault(action, at, lasts, { workload: 'web' }),
            ...(again ? [fault(action, at + lasts + 40, 600, { workload: 'web' })] : []),
          ],
        ),
      ),
  },
};

export const SITUATION_NAMES: readonly string[] = Object.keys(SITUATIONS);
