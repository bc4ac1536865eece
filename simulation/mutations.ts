/* Over 350 lines: each old behaviour, one by one. */
import { FleetBreaker } from '../actuator/guards/fleet-breaker.ts';
import { GUARDS } from '../actuator/guards/guards.ts';
import { PodPlan } from '../actuator/scaler/plan.ts';
import type { PlannedTick } from '../actuator/scaler/plan-inputs.ts';
import { PodBaseline } from '../actuator/scaler/pod-baseline.ts';
import { PredictiveScaler } from '../actuator/scaler/scaler.ts';
import { HpaMinReplicas } from '../actuator/targets/hpa.ts';
import { Engine } from '../addon/engine/engine.ts';
import { GuardKeeper } from '../addon/engine/guard-keeper.ts';
import { ObservedHour } from '../addon/engine/observed-hour.ts';
import { PodCapacity } from '../addon/engine/pod-capacity.ts';
import { ScaledWorkload } from '../addon/engine/scaled-workload.ts';
import { UncreatedPods } from '../addon/engine/uncreated-pods.ts';
import { PodIndex } from '../collector/pods/pod-index.ts';
import type { OptedChange } from '../collector/workloads/opted-workloads.ts';
import type { Reason } from '../core/decision.ts';
import type { PodRecord } from '../core/pod-record.ts';
import { EarlyBounds } from '../core/policy/early-bounds.ts';
import { DemandFilter } from '../forecaster/lead-time/demand-filter.ts';
import { MemoryGuardStore } from '../storage/guard-store.ts';

/**
 * A change of the product, made from outside and taken back: a guard is off, or an old mistake is back. A simulation that does not
 * find one of them has a hole, or another rule covers it.
 */
export interface Mutation {
  readonly name: string;
  /** What goes wrong with it, in words. */
  readonly what: string;
  /** Where it is hunted: scenarios that make what it is there for. Default: all that is generated. */
  readonly where?: { readonly situation: string };
  /** Found only with these off as well: they cover it. */
  readonly coveredBy?: readonly string[];
  /** No scenario can show it, or another rule always covers it: this test fails with it. */
  readonly test?: OrdinaryTest;
  /** @returns takes it back */
  apply(): () => void;
}

/** A test of the suite. */
export interface OrdinaryTest {
  readonly file: string;
  readonly title: string;
}

const guardsTest = (title: string): OrdinaryTest => ({ file: 'actuator/guards/guards.test.ts', title });
const planTest = (title: string): OrdinaryTest => ({ file: 'actuator/scaler/plan.test.ts', title });

/** The guards as they can be changed: the list is constant by its type alone. */
type Changeable = [Reason, (proposal: number, context: never) => number][];

/** Where each guard is hunted, and what else does its work. */
const HUNTED: Partial<Record<Reason, Pick<Mutation, 'where' | 'coveredBy' | 'test'>>> = {
  'clock-jump': {
    where: { situation: 'clock-jumps' },
    test: guardsTest('nothing is taken away then, nor before five whole minutes; additions pass'),
  },
  'data-gap': { where: { situation: 'half-filled' }, coveredBy: ['no-warming-up'] },
  // Workloads of a simulation have one metric: without it there is no decision at all.
  'metric-missing': { where: { situation: 'half-filled' }, test: guardsTest('down is held, up passes') },
  // Annotations with a minimum of 0 on such a metric are refused.
  'last-pod': { test: guardsTest('a metric of the pods keeps the last pod, unless the maximum itself is 0') },
  // The simulation has the cap that is shipped, which nothing reaches.
  cap: {
    test: guardsTest(
      'what is written is never over the user’s maximum or the administrator’s cap, nor under a minimum that both allow',
    ),
  },
  'frozen-metric': { where: { situation: 'frozen-low' } },
  saturated: { where: { situation: 'at-the-limit' } },
  'false-zero': { where: { situation: 'false-zero' } },
  // What the minutes before needed is recalled from the history, and kept.
  'warming-up': {
    where: { situation: 'anew-in-a-fall' },
    test: {
      file: 'addon/engine/engine-memory.test.ts',
      title: 'holds removals for ten minutes and no addition; it is said once',
    },
  },
  reversals: { where: { situation: 'bursts' } },
  // What is implausible is no data, and before a day is learned the HPA's rule decides: nothing asks for such a step.
  'step-limit': {
    where: { situation: 'another-unit' },
    test: guardsTest('by a thousandfold spike goes no faster than the HPA, and stops at the maximum'),
  },
  'not-created': { where: { situation: 'pods-refused' } },
  'never-ready': { where: { situation: 'pods-stuck' } },
  'external-change': { where: { situation: 'scaled-by-others' } },
  // Without a metric the plan knows no minimum.
  min: { where: { situation: 'a-raised-minimum' } },
  max: { where: { situation: 'a-persons-word' }, coveredBy: ['scaler-unbounded'] },
  'switched-off': { where: { situation: 'scaled-by-others' } },
  conflict: { where: { situation: 'put-back' } },
  paused: { where: { situation: 'a-persons-word' } },
};

function withoutGuard(reason: Reason): Mutation {
  return {
    name: `no-${reason}`,
    what: `the guard "${reason}" says nothing`,
    ...HUNTED[reason],
    apply: () => {
      const guard = (GUARDS as unknown as Changeable).find(([name]) => name === reason)!;
      const before = guard[1];
      guard[1] = (proposal) => proposal;
      return () => {
        guard[1] = before;
      };
    },
  };
}

/** One call of a method: its object, what it was given, and the method as it was. */
interface Call<Self> {
  readonly self: Self;
  readonly given: readonly unknown[];
  readonly asItWas: (...given: readonly unknown[]) => unknown;
}

/** Puts something else in a method's place. @returns takes it back */
function instead<Self>(prototype: object, method: string, does: (call: Call<Self>) => unknown): () => void {
  const before = Object.getOwnPropertyDescriptor(prototype, method)!;
  const original = before.value as (this: Self, ...given: readonly unknown[]) => unknown;
  Object.defineProperty(prototype, method, {
    ...before,
    value(this: Self, ...given: readonly unknown[]) {
      return does({ self: this, given, asItWas: (...other) => original.apply(this, [...other]) });
    },
  });
  return () => Object.defineProperty(prototype, method, before);
}

/** Behaviours that were mended: each put back as it was. Whoever mends one adds it here. */
const OLD_BEHAVIOURS: readonly Mutation[] = [
  {
    name: 'no-fleet-breaker',
    what: 'any number of workloads may lose most of their pods at once',
    where: { situation: 'all-fall' },
    apply: () =>
      instead(
        FleetBreaker.prototype,
        'admit',
        ({ given }) => new Set((given[0] as { key: string }[]).map(({ key }) => key)),
      ),
  },
  {
    name: 'guards-not-stored',
    what: 'what the guards remember is not stored',
    where: { situation: 'scaled-by-others' },
    coveredBy: ['no-warming-up'],
    apply: () => instead(MemoryGuardStore.prototype, 'write', async () => {}),
  },
  {
    name: 'guards-not-taken-over',
    what: 'a new leader acts at once, without what its predecessor stored',
    where: { situation: 'scaled-by-others' },
    apply: () => {
      const admits = instead(GuardKeeper.prototype, 'admit', () => {});
      const takes = instead(GuardKeeper.prototype, 'take', () => {});
      return () => {
        admits();
        takes();
      };
    },
  },
  {
    name: 'doubts-forgotten',
    what: 'a new leader believes what the one before it did not: a metric that stands still, or is in another unit',
    where: { situation: 'doubts-handed-on' },
    apply: () => instead(ObservedHour.prototype, 'restore', () => {}),
  },
  {
    name: 'idle-usage-forgotten',
    what: 'a new leader does not know what idle pods use until pods change under its eyes',
    where: { situation: 'at-the-target' },
    test: {
      file: 'addon/engine/metric-scaler.test.ts',
      title: 'is known to the next process at once, of the same metric alone',
    },
    apply: () => instead(PodBaseline.prototype, 'restore', () => {}),
  },
  {
    name: 'need-not-kept',
    what: 'what the last five minutes needed may go at once',
    where: { situation: 'anew-in-a-fall' },
    test: planTest(
      'never takes what the load itself needed within five minutes, however short the calibrated window is',
    ),
    apply: () =>
      instead<PodPlan>(PodPlan.prototype, 'observe', ({ self, given, asItWas }) => {
        asItWas(...given);
        self.keep = 0;
      }),
  },
  {
    name: 'changes-ignored',
    what: 'annotations that change while a workload is in are not taken over',
    where: { situation: 'a-raised-minimum' },
    apply: () =>
      instead(Engine.prototype, 'apply', ({ given, asItWas }) =>
        (given[0] as OptedChange).kind === 'changed' ? Promise.resolve() : asItWas(...given),
      ),
  },
  {
    name: 'schedule-ignored',
    what: 'a minimum by the clock is not taken over',
    where: { situation: 'a-scheduled-minimum' },
    apply: () =>
      instead(Engine.prototype, 'apply', ({ given, asItWas }) => {
        const change = given[0] as OptedChange;
        return asItWas('policy' in change ? { ...change, policy: { ...change.policy, bounds: [] } } : change);
      }),
  },
  {
    name: 'early-not-kept',
    what: 'pods that were ordered early for a minimum by the clock go where their own start makes the lead time shorter',
    where: { situation: 'a-scheduled-minimum' },
    test: {
      file: 'core/policy/early-bounds.test.ts',
      title:
        'a minimum that was ordered early stays until its window begins, however short the lead time turns out to be',
    },
    apply: () =>
      instead<{ earlySeconds: number }>(EarlyBounds.prototype, 'at', ({ self, given, asItWas }) => {
        self.earlySeconds = 0;
        return asItWas(...given);
      }),
  },
  {
    name: 'floor-not-put-back',
    what: 'the floor of an HPA stays as it was raised when its workload is opted out, observed or paused',
    where: { situation: 'taken-back' },
    apply: () => instead(HpaMinReplicas.prototype, 'release', () => Promise.resolve()),
  },
  {
    name: 'opt-out-unheard',
    what: 'a workload that opts out goes on to be scaled',
    where: { situation: 'taken-back' },
    apply: () =>
      instead(Engine.prototype, 'apply', ({ given, asItWas }) =>
        (given[0] as OptedChange).kind === 'out' ? Promise.resolve() : asItWas(...given),
      ),
  },
  {
    name: 'scaler-unbounded',
    what: 'the plan knows no minimum and no maximum: guards alone do',
    where: { situation: 'a-persons-word' },
    coveredBy: ['no-max'],
    apply: () => instead(PredictiveScaler.prototype, 'bounded', ({ given }) => given[0]),
  },
  {
    name: 'no-need-limit',
    what: 'margins, spares and rises that are carried on ask for any number',
    where: { situation: 'demand-fails' },
    test: planTest('a step is answered by what it needs and a bounded lead, not by four times that'),
    apply: () => instead(PodPlan.prototype, 'limited', ({ given }) => given[0]),
  },
  {
    name: 'ordered-not-kept',
    what: 'what was ordered may go before it could be of use',
    where: { situation: 'demand-fails' },
    test: planTest('takes nothing that was ordered before it can have been of use'),
    apply: () =>
      instead<{ kept: number }>(PodPlan.prototype, 'stabilize', ({ self, given, asItWas }) => {
        self.kept = 0;
        return asItWas(...given);
      }),
  },
  {
    name: 'spares-by-ready',
    what: 'three spares for each pod that is not Ready yet, ordered or not',
    where: { situation: 'demand-fails' },
    test: planTest('what was ordered is supply that is coming: pods that merely start are no failure to answer'),
    apply: () => {
      const ready = new WeakMap<object, number>();
      const follows = instead<object>(PodPlan.prototype, 'follow', ({ self, given, asItWas }) => {
        ready.set(self, (given[0] as PlannedTick).ready);
        return asItWas(...given);
      });
      const spares = instead<{ failing: number }>(PodPlan.prototype, 'spares', ({ self, given }) =>
        self.failing === 4 ? 3 * Math.max(0, (given[0] as number) - (ready.get(self) ?? 0)) : 0,
      );
      return () => {
        follows();
        spares();
      };
    },
  },
  {
    name: 'forecast-unbounded',
    what: 'a forecast may expect any number',
    where: { situation: 'learned-days' },
    test: planTest('a peak far over all that was ever seen is not expected; said as a bound'),
    apply: () =>
      instead<{ mostSeen: number }>(PodPlan.prototype, 'observe', ({ self, given, asItWas }) => {
        const { mostSeen } = self;
        self.mostSeen = Number.POSITIVE_INFINITY;
        asItWas(...given);
        self.mostSeen = Math.max(mostSeen, given[2] as number);
      }),
  },
  {
    name: 'margins-until-calibrated',
    what: 'a workload without history gets the default margins at once, not the rule of the HPA',
    where: { situation: 'at-the-target' },
    apply: () =>
      instead<{ calibrated: boolean; defaults: unknown; policy: { mode?: string } }>(
        PredictiveScaler.prototype,
        'rule',
        ({ self, asItWas }) => (self.calibrated || self.policy.mode === 'reactive' ? asItWas() : self.defaults),
      ),
  },
  {
    name: 'baseline-not-known',
    what: 'what an idle pod uses is taken for load',
    where: { situation: 'at-the-target' },
    test: planTest('pods that add load of their own: what the work needs, in one step and never more than it'),
    apply: () =>
      instead<{ pods(demand: number): number }>(PodPlan.prototype, 'podsOfWork', ({ self, given }) =>
        self.pods(given[0] as number),
      ),
  },
  {
    name: 'capacity-of-newest-pod',
    what: 'what a pod serves is reckoned from the request of the newest one, Ready or not',
    where: { situation: 'rollouts' },
    test: {
      file: 'addon/engine/scaled-workload.test.ts',
      title: 'is not told by the only new pod of a stuck rollout: ten pods of 500m at 60 % stay ten',
    },
    apply: () =>
      instead(PodCapacity.prototype, 'update', ({ given, asItWas }) => {
        const pods = given[0] as readonly PodRecord[];
        const newest = [...pods].sort((a, b) => b.createdSeconds - a.createdSeconds)[0];
        return asItWas(newest ? [{ ...newest, phase: 'Running', deleting: false, readySinceSeconds: 0 }] : []);
      }),
  },
  {
    name: 'pods-by-label-alone',
    what: 'whatever carries the labels is counted as the pod of the workload, whoever owns it',
    where: { situation: 'strangers' },
    apply: () =>
      instead(PodIndex.prototype, 'upsert', ({ given: [record, labels], asItWas }) => {
        const { app } = labels as { readonly app?: string };
        return asItWas(record, labels, [{ apiVersion: 'apps/v1', kind: 'Deployment', name: app, controller: true }]);
      }),
  },
  {
    name: 'every-mean-undone',
    what: 'each observation is taken for the exact mean of a minute, and undone: a gauge, noise and all',
    where: { situation: 'noisy-queue' },
    test: {
      file: 'forecaster/lead-time/demand-filter.test.ts',
      title: 'is never worse known than by the observation itself: %s, %s',
    },
    apply: () => {
      const recovers = instead<{ undo(load: number): number }>(DemandFilter.prototype, 'recover', ({ self, given }) =>
        self.undo(given[0] as number),
      );
      const stands = instead(DemandFilter.prototype, 'standsStill', () => false);
      return () => {
        recovers();
        stands();
      };
    },
  },
  {
    name: 'recovered-across-gaps',
    what: 'demand is recovered from ticks that are missing',
    where: { situation: 'half-filled' },
    test: {
      file: 'forecaster/lead-time/signal.test.ts',
      title: 'keep the last load, are marked, and begin anew afterwards',
    },
    apply: () => instead(DemandFilter.prototype, 'update', ({ given, asItWas }) => asItWas(given[0], true)),
  },
  {
    name: 'implausible-believed',
    what: 'a value that is a thousand times larger than all before is believed at once',
    where: { situation: 'another-unit' },
    apply: () => instead(ObservedHour.prototype, 'whyImplausible', () => undefined),
  },
  {
    name: 'uncreated-ignored',
    what: 'pods that nobody creates are not noticed',
    where: { situation: 'pods-refused' },
    apply: () => instead(UncreatedPods.prototype, 'update', () => {}),
  },
  {
    name: 'obstacle-unsaid',
    what: 'why pods are not created or can not start is not said',
    where: { situation: 'pods-stuck' },
    apply: () => instead(ScaledWorkload.prototype, 'obstacleOf', () => undefined),
  },
  {
    name: 'wrong-reason',
    what: 'the reason shown last is the first rule that spoke, not the one that decided',
    apply: () =>
      instead(PodPlan.prototype, 'reasons', ({ asItWas }) => [...(asItWas() as readonly Reason[])].reverse()),
  },
];

export const MUTATIONS: readonly Mutation[] = [...GUARDS.map(([reason]) => withoutGuard(reason)), ...OLD_BEHAVIOURS];

/** One of them by its name, or several at once: `no-data-gap+need-not-kept`. @returns takes all of it back */
export function applyMutation(names: string): () => void {
  const undone = names.split('+').map((name) => mutationOf(name).apply());
  return () => {
    for (const undo of undone.reverse()) undo();
  };
}

/** @throws for a name that none has */
export function mutationOf(name: string): Mutation {
  const found = MUTATIONS.find((one) => one.name === name);
  if (!found) throw new Error(`there is no mutation "${name}"`);
  return found;
}
