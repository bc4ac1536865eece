import { z } from 'zod';

/*
 * A scenario is data: what runs in the cluster, what is asked of it, what goes wrong when. All times are seconds since the start; in
 * a file also `90s`, `12m`, `1h30m`.
 */

const UNITS: Readonly<Record<string, number>> = { h: 3_600, m: 60, s: 1 };

function durationSeconds(text: string): number {
  let sum = 0;
  for (const [, number, unit] of text.matchAll(/(\d+(?:\.\d+)?)([hms])/g)) sum += Number(number) * UNITS[unit!]!;
  return sum;
}

const seconds = z
  .union([
    z.number().min(0),
    z.string().regex(/^(?:\d+(?:\.\d+)?[hms])+$/, 'expected seconds or a duration such as 12m'),
  ])
  .transform((given) => (typeof given === 'number' ? given : durationSeconds(given)));

const change = z
  .strictObject({
    /** `step`: at once; `ramp`: evenly within `for`; `burst`: for `for`, then as before. */
    kind: z.enum(['step', 'ramp', 'burst']),
    at: seconds,
    for: seconds.optional(),
    /** Pods' worth. */
    to: z.number().min(0),
  })
  .refine(({ kind, for: lasts }) => kind === 'step' || lasts !== undefined, 'expected "for" on a ramp or a burst');

const demand = z.strictObject({
  /** Pods' worth at the start and before: how many pods at their target it takes. */
  level: z.number().min(0),
  changes: z.array(change).prefault([]),
  wave: z.strictObject({ period: seconds, share: z.number().min(0).max(1) }).optional(),
  /** Share of the demand, changing each 15 s. */
  noise: z.number().min(0).max(0.5).prefault(0),
});

/** How long its pods take to start; the class of their node. */
const startup = z
  .strictObject({
    nodes: z.enum(['virtual', 'ordinary']).prefault('virtual'),
    /** Created → Ready, seconds. */
    p50: z.number().min(1).prefault(9),
    p90: z.number().min(1).prefault(20),
    /** Cores that a pod burns from its start to Ready and for so long afterwards, whatever the load. */
    burnCores: z.number().min(0).prefault(0),
    burnSeconds: z.number().min(0).prefault(0),
  })
  .refine(({ p50, p90 }) => p90 >= p50, 'expected p90 ≥ p50');

const minutes = seconds.refine((given) => given % 60 === 0, 'expected whole minutes');
const window = z.strictObject({
  at: minutes,
  for: minutes.refine((given) => given >= 300, 'expected five minutes at least'),
  min: z.int().min(1),
});

const workload = z
  .strictObject({
    name: z.string().regex(/^[a-z][a-z0-9-]*$/, 'expected a name such as web'),
    replicas: z.int().min(0).prefault(3),
    /** `requests`: counters at the clients; `queue`: a gauge; `cpu`, `memory`: measured on the pods themselves. */
    metric: z.enum(['requests', 'queue', 'cpu', 'memory']).prefault('requests'),
    /** What one pod serves; for cpu (cores) and memory (GiB) usage of a pod that is at its target. */
    target: z.number().gt(0).prefault(10),
    /** The target is a share of what the pods request. */
    ofRequest: z.boolean().prefault(false),
    /** Usage of a pod without any load, in the target's unit; cpu and memory only. */
    baseline: z.number().min(0).prefault(0),
    /** Cores (memory: GiB) that a pod requests, and its limit as a multiple of that; 0: none. */
    request: z.number().gt(0).prefault(1),
    limit: z.number().min(0).prefault(2),
    mode: z.enum(['observe', 'auto', 'predictive', 'reactive']).prefault('auto'),
    min: z.int().min(0).prefault(1),
    max: z.int().min(1).prefault(100),
    demand,
    /** Times of a larger minimum, in whole minutes: `prescale.dev/bounds`. */
    windows: z.array(window).prefault([]),
    startup: startup.prefault({}),
    /** An HPA on CPU beside it; `taken`: its floor is ours to raise, and a person's minimum (set-min) is its minReplicas. */
    hpa: z.strictObject({ min: z.int().min(1), max: z.int().min(1), taken: z.boolean().prefault(true) }).optional(),
  })
  .refine(({ target, baseline }) => target > baseline, {
    path: ['baseline'],
    error: 'expected less than the target, or no number of pods is enough',
  })
  .refine(({ min, max }) => max >= min, { path: ['max'], error: 'expected at least min' });

/** What may happen, by the class of fault that it belongs to. */
export const FAULTS = {
  process: ['kill', 'stop', 'freeze', 'suspend', 'jump', 'upgrade'],
  api: [
    'api-outage',
    'api-silent',
    'api-slow',
    'api-errors',
    'api-conflicts',
    'api-too-many',
    'api-forbidden',
    'api-lost-answers',
    'watches-silent',
    'watches-broken',
  ],
  measurement: [
    'metric-away',
    'metric-empty',
    'metric-nan',
    'metric-inf',
    'metric-zero',
    'metric-frozen',
    'metric-partial',
    'metric-late',
    'metric-half-filled',
    'metric-doubled',
    'metric-unit',
    'metric-refused',
    'metric-silent',
  ],
  pods: [
    'quota',
    'no-nodes',
    'image-pull',
    'crash-loop',
    'never-ready',
    'slow-start',
    'rollout',
    'stuck-rollout',
    'pods-lost',
    'pods-unready',
    'debris',
    'strangers',
  ],
  writers: ['scale', 'gitops'],
  person: ['pause', 'set-min', 'set-max', 'set-target', 'opt-out', 'observe'],
  redis: ['redis-lost', 'redis-rolled-back', 'redis-frozen', 'redis-refused'],
} as const;

export type FaultClass = keyof typeof FAULTS;
export type Action = (typeof FAULTS)[FaultClass][number];
export const FAULT_CLASSES = Object.keys(FAULTS) as FaultClass[];
const ACTIONS = Object.values(FAULTS).flat() as Action[];

export function classOf(action: Action): FaultClass {
  return FAULT_CLASSES.find((one) => (FAULTS[one] as readonly string[]).includes(action))!;
}

const command = z.strictObject({
  at: seconds,
  do: z.enum(ACTIONS as [Action, ...Action[]]),
  /** How long it lasts; what happens at once needs none. */
  for: seconds.optional(),
  /** Only this workload; default: all (measurement) or the first one (pods, writers, person). */
  workload: z.string().optional(),
  /** Whose process: `leader`, `standby`, or a name (`addon-a`, `collector-b`); API faults and a Redis that does not answer: default all. */
  target: z.string().optional(),
  /** kill: now, or at the leader's next write, before it lands or after it landed and before its answer. */
  when: z.enum(['now', 'before-write', 'after-write']).prefault('now'),
  /** scale, gitops, set-min, set-max: replicas; quota: pods of the namespace; rollout: the new request as a multiple. */
  to: z.number().min(0).optional(),
  /** pods-lost, pods-unready, debris, strangers: pods; jump: seconds, may be negative; slow-start, api-slow: factor, seconds; set-target: share of the first one. */
  by: z.number().optional(),
});

/** How the addon sees the work. */
const measured = z.strictObject({
  /** `plain`: without an error of its own; `prometheus`: counters and gauges that are scraped, asked by the product's queries. */
  by: z.enum(['plain', 'prometheus']).prefault('plain'),
  /** Seconds between two scrapes; the window of a rate is four of them. */
  every: z.union([z.literal(15), z.literal(30), z.literal(60)]).prefault(15),
  /** The share of scrapes that fail. */
  lost: z.number().min(0).max(0.2).prefault(0),
  /** Who says what pods use. */
  resources: z.enum(['metrics-server', 'prometheus']).prefault('metrics-server'),
});

/** By the names that a violation is known by. */
export const INVARIANTS = [
  'down-is-safe',
  'up-is-bounded',
  'settles',
  'tells-the-truth',
  'recovers',
  'budgets',
  'like-the-hpa',
  'follows-the-minimum',
  'leaves-alone',
] as const;

export const scenarioSchema = z
  .strictObject({
    name: z.string().prefault(''),
    seed: z.int().min(0).prefault(1),
    duration: seconds.prefault(3_600),
    mode: z.enum(['one', 'distributed']).prefault('one'),
    /** A regression that is not mended yet: the invariants that it may still violate. */
    tolerated: z.array(z.enum(INVARIANTS)).prefault([]),
    /** Seconds of the past that the source of demand (or the addon's own store) knows. */
    history: seconds.prefault(0),
    /** config.leaderElection.retrySeconds: the shipped 2, or 4, with half of the requests. */
    leaseRetry: z.union([z.literal(2), z.literal(4)]).prefault(4),
    measured: measured.prefault({}),
    workloads: z.array(workload).min(1, 'expected at least one workload').max(8),
    commands: z.array(command).prefault([]),
  })
  .superRefine(({ workloads, commands, duration }, context) => {
    const names = new Set(workloads.map(({ name }) => name));
    if (names.size < workloads.length) {
      context.addIssue({ code: 'custom', path: ['workloads'], message: 'expected another name for each workload' });
    }
    for (const [index, { workload, at }] of commands.entries()) {
      const path = ['commands', index];
      if (workload !== undefined && !names.has(workload)) {
        const message = `expected one of the workloads: ${[...names].join(', ')}`;
        context.addIssue({ code: 'custom', path: [...path, 'workload'], message });
      }
      if (at >= duration) {
        context.addIssue({
          code: 'custom',
          path: [...path, 'at'],
          message: `expected a time before the end, ${duration} s`,
        });
      }
    }
  })
  // In the order of their times, whatever order they were written in.
  .transform((scenario) => ({ ...scenario, commands: [...scenario.commands].sort((a, b) => a.at - b.at) }));

export type Scenario = z.output<typeof scenarioSchema>;
/** A scenario as a person writes it: what has a default may be left out. */
export type ScenarioInput = z.input<typeof scenarioSchema>;
export type WorkloadPlan = Scenario['workloads'][number];
export type Demand = WorkloadPlan['demand'];
export type Command = Scenario['commands'][number];

/** Fills in the defaults. @throws ZodError */
export function scenarioOf(input: ScenarioInput): Scenario {
  return scenarioSchema.parse(input);
}
