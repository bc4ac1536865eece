import fc from 'fast-check';
import {
  type Action,
  type Command,
  FAULTS,
  type FaultClass,
  type Scenario,
  type ScenarioInput,
  scenarioOf,
} from './scenario.ts';
import { SITUATION_NAMES, SITUATIONS } from './situations.io.ts';

/** What scenarios are wanted. */
export interface Wanted {
  readonly mode: 'one' | 'distributed' | 'both';
  /** Only faults of this class; undefined: all. `none`: no faults at all. */
  readonly fault?: FaultClass | 'none' | undefined;
  /** Only this situation, one of situations.ts; undefined: one seed in five is of one of them, unless faults of one class are wanted. */
  readonly situation?: string | undefined;
}

const MINUTE = 60;
const HOUR = 3_600;
const DAY = 86_400;
const MOST_COMMANDS = 5;
/** One seed in so many is of a situation. */
const SITUATION_SHARE = 5;
/** Nothing goes wrong in the first minutes, and the last ones are for recovering. */
const FIRST_FAULT = 5 * MINUTE;
const LAST_FAULT = 15 * MINUTE;
const LASTS = [30, 60, 180, 300, 720];

type WorkloadInput = ScenarioInput['workloads'][number];
type CommandInput = NonNullable<ScenarioInput['commands']>[number];

/** The scenario of a seed: the same on every machine. */
export function generated(seed: number, wanted: Wanted): Scenario {
  return { ...fc.sample(scenariosOf(seed, wanted), { seed, numRuns: 1 })[0]!, seed };
}

/** Of a seed: a situation, or what is drawn at random. */
function scenariosOf(seed: number, wanted: Wanted): fc.Arbitrary<Scenario> {
  const named = wanted.situation ?? (wanted.fault === undefined ? situationOf(seed) : undefined);
  return named === undefined ? scenarios(wanted) : inSituation(named, wanted.mode);
}

function situationOf(seed: number): string | undefined {
  return seed % SITUATION_SHARE === 0
    ? SITUATION_NAMES[Math.floor(seed / SITUATION_SHARE) % SITUATION_NAMES.length]
    : undefined;
}

function inSituation(name: string, mode: Wanted['mode']): fc.Arbitrary<Scenario> {
  return fc
    .record({ mode: modes(mode), made: SITUATIONS[name]!.arbitrary })
    .map(({ mode: chosen, made }) => scenarioOf({ mode: chosen, ...made }));
}

function modes(wanted: Wanted['mode']): fc.Arbitrary<Scenario['mode']> {
  return wanted === 'both' ? fc.constantFrom('one' as const, 'distributed' as const) : fc.constant(wanted);
}

/**
 * A smaller scenario that fails as well.
 * @param fails whether a scenario shows the same trouble. @param most scenarios that are played for it
 */
export async function shrunk(
  seed: number,
  wanted: Wanted,
  fails: (scenario: Scenario) => Promise<boolean>,
  most: number,
): Promise<Scenario> {
  let smallest = generated(seed, wanted);
  let played = 0;
  const holds = async (one: Scenario) => {
    // Enough: what is left is not looked at.
    if (played++ >= most) return true;
    const scenario = { ...one, seed };
    if (!(await fails(scenario))) return true;
    smallest = scenario;
    return false;
  };
  await fc.check(fc.asyncProperty(scenariosOf(seed, wanted), holds), { seed, numRuns: 1 });
  return smallest;
}

export function scenarios(wanted: Wanted): fc.Arbitrary<Scenario> {
  return fc
    .record({
      mode: modes(wanted.mode),
      hours: fc.constantFrom(1, 1.5, 2),
      history: fc.oneof(
        { weight: 6, arbitrary: fc.constant(0) },
        { weight: 3, arbitrary: fc.constantFrom(HOUR, 2 * HOUR) },
        { weight: 1, arbitrary: fc.constantFrom(DAY, 2 * DAY) },
      ),
      leaseRetry: fc.oneof(
        { weight: 3, arbitrary: fc.constant(4 as const) },
        { weight: 1, arbitrary: fc.constant(2 as const) },
      ),
      measured: measured(),
      workloads: fc.oneof(
        { withCrossShrink: true },
        { weight: 1, arbitrary: fc.array(workloads(), { minLength: 1, maxLength: 1 }) },
        { weight: 9, arbitrary: fc.array(workloads(), { minLength: 2, maxLength: 4, size: 'max' }) },
      ),
      commands: fc.array(commands(wanted), { maxLength: wanted.fault === 'none' ? 0 : MOST_COMMANDS }),
    })
    .map(({ hours, workloads: made, commands: rough, ...rest }) => {
      const duration = hours * HOUR;
      const named = made.map((one, i) => ({ ...one, name: NAMES[i]! }));
      return scenarioOf({ ...rest, duration, workloads: named, commands: placed(rough, duration, named) });
    });
}

/** Three quarters observe through Prometheus, of which a fifth also what pods use; the rest without an error of measurement. */
function measured(): fc.Arbitrary<NonNullable<ScenarioInput['measured']>> {
  const scraped = fc.record({
    by: fc.constant('prometheus' as const),
    every: fc.constantFrom(15 as const, 15 as const, 15 as const, 30 as const, 60 as const),
    lost: fc.constantFrom(0, 0, 0.01, 0.05),
    resources: fc.oneof(
      { weight: 4, arbitrary: fc.constant('metrics-server' as const) },
      { weight: 1, arbitrary: fc.constant('prometheus' as const) },
    ),
  });
  return fc.oneof(
    { withCrossShrink: true },
    { weight: 1, arbitrary: fc.constant({ by: 'plain' as const }) },
    { weight: 3, arbitrary: scraped },
  );
}

/** Of a target, in a pod that serves nothing. */
const MOST_IDLE = 0.7;

const NAMES = ['web', 'api', 'jobs', 'search'];

/** A command with its time as a share of the scenario and its workload as a number. */
interface Rough {
  readonly share: number;
  readonly who: number;
  readonly command: Omit<CommandInput, 'at'>;
}

function placed(rough: readonly Rough[], duration: number, named: readonly WorkloadInput[]): CommandInput[] {
  const room = duration - FIRST_FAULT - LAST_FAULT;
  return rough
    .map(({ share, who, command }) => ({
      ...command,
      at: FIRST_FAULT + 5 * Math.floor((share * room) / 5),
      ...(isOfOne(command.do) ? aimedAt(command, named[who % named.length]!) : {}),
    }))
    .sort((a, b) => a.at - b.at);
}

/** A request of which a pod that serves nothing uses more than the target is one that no number of pods can meet. */
function aimedAt(
  { do: action, to, by }: Rough['command'],
  { name, target = Number.POSITIVE_INFINITY, baseline = 0, ofRequest = false }: WorkloadInput,
): Pick<CommandInput, 'workload' | 'to' | 'by'> {
  const hopeless = action === 'rollout' && to !== undefined && ofRequest && baseline > MOST_IDLE * to * target;
  const tooLow = action === 'set-target' && by !== undefined && baseline > MOST_IDLE * by * target;
  return { workload: name, ...(hopeless ? { to: 1 } : {}), ...(tooLow ? { by: 1 } : {}) };
}

function isOfOne(action: Action): boolean {
  const { pods, writers, person } = FAULTS;
  return ([...pods, ...writers, ...person] as Action[]).includes(action) && action !== 'quota';
}

function workloads(): fc.Arbitrary<Omit<WorkloadInput, 'name'>> {
  const kinds = fc.oneof(
    { weight: 4, arbitrary: fc.constant({ metric: 'requests' as const, target: 10 }) },
    { weight: 2, arbitrary: fc.constant({ metric: 'queue' as const, target: 5 }) },
    { weight: 4, arbitrary: onPods('cpu') },
    { weight: 1, arbitrary: onPods('memory') },
  );
  return fc
    .record({
      kind: kinds,
      pods: fc.integer({ min: 1, max: 20 }),
      part: fc.integer({ min: 1, max: 20 }),
      spare: fc.integer({ min: 0, max: 2 }),
      room: fc.oneof({ weight: 5, arbitrary: fc.constant(100) }, { weight: 1, arbitrary: fc.constant(1.5) }),
      mode: fc.oneof(
        { weight: 7, arbitrary: fc.constant('auto' as const) },
        { weight: 2, arbitrary: fc.constant('reactive' as const) },
        { weight: 1, arbitrary: fc.constant('predictive' as const) },
      ),
      changes: fc.array(changes(), { maxLength: 3 }),
      wave: fc.option(fc.record({ period: fc.constantFrom(1_200, 3_600), share: fc.constantFrom(0.2, 0.5) }), {
        freq: 4,
      }),
      scheduled: fc.option(windows(), { freq: 7 }),
      hpa: fc.option(fc.constantFrom(1, 3), { freq: 5 }),
      // Nothing that is measured is constant to the last digit.
      noise: fc.constantFrom(0.005, 0.005, 0.02, 0.05, 0.15),
      startup: fc.constantFrom(
        { nodes: 'virtual' as const, p50: 9, p90: 20 },
        { nodes: 'ordinary' as const, p50: 40, p90: 70 },
        { nodes: 'ordinary' as const, p50: 100, p90: 180 },
      ),
    })
    .map(({ kind, pods, part, spare, room, changes: rough, wave, noise, scheduled, hpa, ...rest }) => {
      const level = pods - part / 20;
      const demand = { level, noise, changes: inOrder(rough, level), ...(wave ? { wave } : {}) };
      const max = Math.max(2, Math.ceil(room * pods));
      const bounds = scheduled ? { windows: [{ ...scheduled, min: Math.min(max, scheduled.min + pods) }] } : {};
      const beside = hpa ? { hpa: { min: Math.min(hpa, max), max: Math.min(200, max) } } : {};
      return { ...kind, ...rest, ...bounds, ...beside, demand, replicas: pods + spare, max: Math.min(200, max) };
    });
}

/** A minimum by the clock; of its pods, those over what it has at first. */
function windows(): fc.Arbitrary<{ readonly at: number; readonly for: number; readonly min: number }> {
  return fc.record({
    at: fc.integer({ min: 10, max: 60 }).map((minute) => minute * MINUTE),
    for: fc.constantFrom(300, 900, 1_800),
    min: fc.integer({ min: 0, max: 10 }),
  });
}

/** Usage of the pods themselves, at a share of their request or at an absolute target, with a baseline. */
function onPods(metric: 'cpu' | 'memory') {
  return fc
    .record({
      request: fc.constantFrom(0.5, 1, 2),
      share: fc.constantFrom(0.5, 0.7, 0.8),
      of: fc.boolean(),
      idle: fc.constantFrom(0, 0.1, 0.3, 0.6),
    })
    .map(({ request, share, of, idle }) => {
      const target = Math.round(1_000 * request * share) / 1_000;
      const baseline = Math.round(1_000 * target * idle) / 1_000;
      const burn = metric === 'cpu' ? 1 : 0;
      return { metric, request, target, ofRequest: of, baseline, burn };
    })
    .map(({ burn: _, ...kind }) => kind);
}

interface RoughChange {
  readonly kind: 'step' | 'ramp' | 'burst';
  readonly minute: number;
  readonly lasts: number;
  readonly times: number;
}

function changes(): fc.Arbitrary<RoughChange> {
  return fc.record({
    kind: fc.constantFrom('step' as const, 'ramp' as const, 'burst' as const),
    minute: fc.integer({ min: 2, max: 80 }),
    lasts: fc.constantFrom(60, 180, 600, 1_200),
    times: fc.constantFrom(0, 0.2, 0.5, 1.5, 2, 3),
  });
}

function inOrder(rough: readonly RoughChange[], level: number) {
  return [...rough]
    .sort((a, b) => a.minute - b.minute)
    .map(({ kind, minute, lasts, times }) => {
      const to = Math.min(40, Math.round(100 * level * (kind === 'burst' ? 1 + times : times)) / 100);
      return { kind, at: minute * MINUTE, to, ...(kind === 'step' ? {} : { for: lasts }) };
    });
}

function commands({ mode, fault }: Wanted): fc.Arbitrary<Rough> {
  const classes = fault === undefined || fault === 'none' ? classesOf(mode) : [fault];
  const actions = classes.map((one) => ({ weight: WEIGHTS[one], arbitrary: fc.constantFrom<Action>(...FAULTS[one]) }));
  return fc
    .record({
      action: fc.oneof(...actions),
      share: fc.integer({ min: 0, max: 200 }).map((number) => number / 200),
      who: fc.integer({ min: 0, max: 3 }),
      lasts: fc.constantFrom(...LASTS),
      number: fc.integer({ min: 0, max: 9 }),
      target: fc.constantFrom('leader', 'standby', undefined),
      when: fc.constantFrom('now' as const, 'before-write' as const, 'after-write' as const),
    })
    .map(({ action, share, who, lasts, number, target, when }) => ({
      share,
      who,
      command: { do: action, ...detailsOf(action, lasts, number, target, when) },
    }));
}

/** What may hit one process, and leave the others alone. */
const AIMED = /^(api|watches|redis-(frozen|refused)$)/;

const WEIGHTS: Readonly<Record<FaultClass, number>> = {
  process: 4,
  api: 3,
  measurement: 4,
  pods: 4,
  writers: 2,
  person: 1,
  redis: 3,
};

function classesOf(mode: Wanted['mode']): FaultClass[] {
  const all = Object.keys(FAULTS) as FaultClass[];
  return mode === 'one' ? all.filter((one) => one !== 'redis') : all;
}

function detailsOf(
  action: Action,
  lasts: number,
  number: number,
  target: string | undefined,
  when: NonNullable<Command['when']>,
): Omit<CommandInput, 'at' | 'do'> {
  const aimed = target === undefined ? {} : { target };
  switch (action) {
    case 'kill':
      return { ...aimed, target: target ?? 'leader', when, for: 2 + 10 * number };
    case 'stop':
      return { target: target ?? 'leader' };
    case 'freeze':
    case 'suspend':
      return { target: target ?? 'leader', for: Math.min(180, lasts) };
    case 'jump':
      // Until its time is synchronised again.
      return { ...aimed, by: (number - 4) * 60, for: Math.min(300, lasts) };
    case 'quota':
      return { to: 5 + 3 * number, for: lasts };
    case 'scale':
    case 'gitops':
    case 'set-min':
      return { to: 2 * number, for: lasts };
    case 'set-target':
      return { by: [0.5, 1.25, 2][number % 3]!, for: lasts };
    case 'set-max':
      return { to: 5 + 2 * number, for: lasts };
    case 'rollout':
      return { to: [0.5, 1, 2][number % 3]! };
    case 'stuck-rollout':
      return { to: [1, 2, 4][number % 3]!, for: lasts };
    case 'pods-lost':
    case 'pods-unready':
    case 'debris':
    case 'strangers':
      return { by: 1 + (number % 4), for: lasts };
    case 'slow-start':
      return { by: 2 + number, for: lasts };
    default:
      return AIMED.test(action) ? { ...aimed, for: lasts } : { for: lasts };
  }
}
