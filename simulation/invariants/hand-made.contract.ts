import type { WorkloadStatus } from '../../core/workload-status.ts';
import { scenarioOf } from '../scenarios/scenario.ts';
import type { Tick, WorkloadTick } from '../timeline.ts';
import type { Write } from '../traffic.ts';
import type { Invariant, Truth, Violation } from './invariant.ts';

/** Of the hand-made histories. */
export const START = 1_767_614_400;
export const WEB = 'web';

/** What differs from ten Ready pods for a need of ten, on which nothing is wrong. */
export interface Made {
  readonly need?: number;
  readonly replicas?: number;
  readonly ready?: number;
  readonly write?: readonly [from: number, to: number];
  readonly fault?: Tick['faults'][number]['action'];
  readonly status?: Partial<WorkloadStatus['replicas']> & {
    readonly reasons?: WorkloadStatus['reasons'];
    readonly mode?: WorkloadStatus['mode'];
    readonly problem?: string;
    readonly load?: number;
    readonly measured?: WorkloadStatus['metrics'][number]['pods'];
  };
  readonly min?: number;
  readonly paused?: boolean;
  readonly optedOut?: boolean;
  /** The leader has no status of it. */
  readonly unsaid?: boolean;
  /** Of an HPA that was taken over: what stands there, and what its owner wrote. */
  readonly floors?: readonly [floor: number, own: number];
  readonly hpaWrite?: readonly [from: number, to: number];
  readonly leader?: string;
  readonly constantSince?: number | undefined;
  readonly obstacles?: WorkloadTick['obstacles'];
  readonly pods?: number;
  readonly closed?: boolean;
  readonly hpaStays?: boolean;
  readonly seenNeed?: number;
  readonly requests?: number;
  readonly podStarts?: number;
  readonly orderedByOthers?: number;
}

/**
 * A history by hand, tick by tick, seen by one invariant.
 * @param made of the k-th tick. @param needAt the truth; default: that of the tick
 */
export function judged(
  invariant: Invariant,
  ticks: number,
  made: (k: number) => Made,
  needAt: (seconds: number) => number = (seconds) => made(Math.round(seconds / 15)).need ?? 10,
): Violation[] {
  const scenario = scenarioOf({ workloads: [{ name: WEB, demand: { level: 10 } }], commands: [{ at: 0, do: 'kill' }] });
  const truth: Truth = {
    needAt: (_, seconds) => needAt(seconds - START),
    meanNeedAt: (_, seconds) => needAt(seconds - START),
    errorShare: () => 0.05,
    lagSeconds: () => 0,
    startupSeconds: () => 20,
  };
  const totals = { requests: 0, events: 0, warnings: 0, podStarts: 0 };
  const soFar: Tick[] = [];
  const history = { scenario, startSeconds: START, ticks: soFar, totals };
  const found: Violation[] = [];
  for (let k = 1; k <= ticks; k++) {
    const tick = tickOf(k, made(k));
    soFar.push(tick);
    totals.requests += made(k).requests ?? 0;
    totals.podStarts += made(k).podStarts ?? 0;
    found.push(...invariant.check({ tick, history, truth }));
  }
  return found;
}

function tickOf(k: number, made: Made): Tick {
  const atSeconds = START + 15 * k;
  const { need = 10, replicas = 10, ready = replicas, write, fault, obstacles = [] } = made;
  const ours = { atSeconds, process: 'addon-a.1', workload: WEB };
  const writes: Write[] = [
    ...(write ? [{ ...ours, from: write[0], to: write[1], target: 'scale' as const }] : []),
    ...(made.hpaWrite ? [{ ...ours, from: made.hpaWrite[0], to: made.hpaWrite[1], target: 'hpa' as const }] : []),
  ];
  const constantSince = 'constantSince' in made ? made.constantSince : START;
  return {
    atSeconds,
    writes,
    leaders: [made.leader ?? 'addon-a.1'],
    notes: [],
    faults: fault ? [{ action: fault, workload: undefined, sinceSeconds: atSeconds }] : [],
    workloads: [
      {
        ...{
          name: WEB,
          work: need,
          need,
          meanNeed: need,
          knowableNeed: need,
          toleratedNeed: need,
          seenNeed: made.seenNeed ?? need,
          closed: made.closed ?? false,
          hpaStays: made.hpaStays ?? false,
          replicas,
          ready,
          obstacles,
        },
        pods: made.pods ?? replicas,
        rolling: false,
        min: made.min ?? 1,
        max: 100,
        paused: made.paused ?? false,
        optedOut: made.optedOut ?? false,
        handsOff: made.optedOut ?? made.paused ?? false,
        orderedByOthers: made.orderedByOthers ?? 0,
        floor: made.floors?.[0],
        ownFloor: made.floors?.[1],
        constantSince,
        status: made.unsaid ? undefined : statusOf(made, replicas, ready),
      },
    ],
  };
}

function statusOf({ status = {} }: Made, replicas: number, ready: number): WorkloadStatus {
  const { reasons = ['forecast'], mode = 'auto', problem, load = 10, measured, ...numbers } = status;
  return {
    ref: { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name: WEB },
    mode,
    target: 'scale',
    reasons,
    decidedSeconds: 0,
    writtenSeconds: undefined,
    error: undefined,
    replicas: {
      current: replicas,
      ready,
      wanted: replicas,
      proactive: undefined,
      reactive: undefined,
      min: 1,
      max: 100,
      ...numbers,
    },
    metrics: [{ load, podCapacity: 1, pods: measured } as WorkloadStatus['metrics'][number]],
    leadTime: { seconds: 20, source: 'measured', samples: 10 },
    model: { kind: 'predictive', stabilizationSeconds: 120 } as WorkloadStatus['model'],
    conditions: [
      {
        type: 'Ready',
        status: problem === undefined,
        reason: problem ? 'Failing' : 'Ready',
        sinceSeconds: 0,
        message: problem ?? 'can be acted on',
      },
    ],
  };
}
