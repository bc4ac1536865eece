/* Over 350 lines: the heart of the addon, in one class whose stages share a registry: every 15 s it observes, decides and writes for all workloads. */
import { FleetBreaker, type Lowering } from '../../actuator/guards/fleet-breaker.ts';
import type { OptedChange } from '../../collector/workloads/opted-workloads.ts';
import { inParts } from '../../core/concurrency/in-parts.ts';
import { messageOf } from '../../core/errors.ts';
import type { Mode, PolicyError, WorkloadPolicy } from '../../core/policy/policy.ts';
import { TICK_SECONDS } from '../../core/tick.ts';
import { type WorkloadRef, workloadKey } from '../../core/workload.ts';
import { NOT_OPTED_IN, POLICY_ERROR, type WorkloadStatus } from '../../core/workload-status.ts';
import { Onboarding } from '../onboarding/onboarding.ts';
import { Refits } from '../refits/refits.ts';
import { ConditionTimes, statusOf, wrongStatus } from '../status/addon-status.ts';
import type { LearnedMetric } from '../training/nightly-training.ts';
import { CreationFailures } from './creation-failures.ts';
import { type EngineParts, type EngineSettings, WorkloadRegistry } from './engine-parts.ts';
import { GuardKeeper } from './guard-keeper.ts';
import type { MetricScaler } from './metric-scaler.ts';
import { Observations } from './observations.ts';
import { type Proposal, ScaledWorkload } from './scaled-workload.ts';
import { TargetStates } from './target-states.ts';
import { WorkloadNotices } from './workload-notices.ts';
import { WorkloadProgress } from './workload-progress.ts';
import { Writes } from './writes.ts';

type OptedIn = Extract<OptedChange, { readonly policy: WorkloadPolicy }>;

/**
 * The addon's heart: which workloads are in, what they observe, what is decided and written. One call of `tick` every 15 s does
 * what replay does for one workload, for all of them; onboarding, refits and writes are asynchronous around it.
 */
export class Engine {
  private readonly parts: EngineParts;
  private readonly settings: EngineSettings;
  private readonly registry: WorkloadRegistry;
  private readonly targets: TargetStates;
  private readonly refits: Refits;
  private readonly onboarding: Onboarding;
  private readonly observations: Observations;
  private readonly writes: Writes;
  private readonly creations: CreationFailures;
  private readonly wrong = new Map<
    string,
    { ref: WorkloadRef; errors: readonly PolicyError[]; mode: Mode | undefined }
  >();
  /** Turned away because their namespace is full; in the order in which they came. */
  private readonly waiting = new Map<string, OptedIn>();
  private readonly notices: WorkloadNotices;
  private readonly breaker: FleetBreaker;
  private readonly guards: GuardKeeper | undefined;
  private readonly times = new ConditionTimes();
  private newest: readonly WorkloadStatus[] = [];

  constructor(parts: EngineParts, settings: EngineSettings) {
    this.parts = parts;
    this.settings = settings;
    this.registry = new WorkloadRegistry(parts.log);
    this.targets = new TargetStates(parts, this.registry);
    this.refits = new Refits(parts, settings, this.registry);
    this.onboarding = new Onboarding(parts, this.registry, this.targets, this.refits);
    this.observations = new Observations(parts, this.registry, settings.historyStepSeconds);
    this.creations = new CreationFailures(parts, this.registry);
    this.notices = new WorkloadNotices(parts);
    this.breaker = new FleetBreaker({ share: settings.fleetShare, leastWorkloads: 3 });
    this.guards = parts.guards && new GuardKeeper(parts.guards, parts, this.registry, this.breaker, this.targets);
    this.writes = new Writes(parts, settings, this.registry, this.targets, this.times, this.guards);
  }

  /** Whether somebody waits for this metric's refit: a late one of a workload that is gone would be kept for nobody. */
  awaits(id: string): boolean {
    return this.refits.awaits(id);
  }

  /** What the last tick left; one for each workload that is in or wrong. */
  get statuses(): readonly WorkloadStatus[] {
    return this.newest;
  }

  get(key: string): ScaledWorkload | undefined {
    return this.registry.workloads.get(key);
  }

  /** Whether nobody wants this metric: its workload is not in, or has others. Only to be believed once all workloads are known. */
  unwanted(id: string): boolean {
    const workload = this.registry.workloads.get(id.slice(0, id.lastIndexOf('#')));
    return !workload?.metrics.some(({ query }) => query.id === id);
  }

  /** The metrics whose learners were fitted, and for what. */
  trained(): LearnedMetric[] {
    return [...this.registry.workloads.values()].flatMap(({ metrics }) =>
      metrics.flatMap(({ query, learned, fitted }) => {
        if (!learned || !fitted) return [];
        return { id: query.id, leadTimeSeconds: fitted.leadTimeSeconds, podCapacity: fitted.policy.podCapacity };
      }),
    );
  }

  /** Takes over what changed of the annotations. */
  async apply(change: OptedChange): Promise<void> {
    const key = workloadKey(change.ref);
    if (change.kind === 'hint') {
      this.parts.events.warning(change.ref, change.uid, NOT_OPTED_IN, errorText(change.errors));
      return;
    }
    this.wrong.delete(key);
    this.waiting.delete(key);
    switch (change.kind) {
      case 'in':
      case 'changed':
        if (this.isFull(change.ref.namespace, key)) return this.turnAway(change);
        return this.optIn(change.ref, change.uid, change.policy);
      case 'wrong':
        await this.optOut(key, change.uid);
        this.wrong.set(key, { ref: change.ref, errors: change.errors, mode: change.mode });
        this.parts.events.warning(change.ref, change.uid, POLICY_ERROR, errorText(change.errors));
        break;
      case 'out':
        await this.optOut(key, change.uid);
        break;
    }
    await this.letIn(change.ref.namespace);
  }

  private isFull(namespace: string, key: string): boolean {
    if (this.registry.workloads.has(key)) return false;
    let count = 0;
    for (const { ref } of this.registry.workloads.values()) if (ref.namespace === namespace) count++;
    return count >= this.settings.workloadsPerNamespace;
  }

  /** It is left alone until another one of its namespace leaves. */
  private turnAway(change: OptedIn): void {
    const { ref, uid } = change;
    const most = this.settings.workloadsPerNamespace;
    const message = `namespace ${ref.namespace} has ${most} workloads already, the most that the administrator allows (limits.workloadsPerNamespace)`;
    const errors = [{ annotation: 'prescale.dev/enabled', message }];
    this.waiting.set(workloadKey(ref), change);
    this.wrong.set(workloadKey(ref), { ref, errors, mode: change.policy.mode });
    this.parts.events.warning(ref, uid, POLICY_ERROR, errorText(errors));
  }

  private async letIn(namespace: string): Promise<void> {
    for (const change of this.waiting.values()) {
      if (change.ref.namespace === namespace) return this.apply(change);
    }
  }

  /** The object's spec was changed up to this generation: by us, or by somebody else. */
  seen(key: string, generation: number): void {
    this.targets.seen(key, generation);
  }

  /** Something about how a workload may be written to has changed: an HPA came, went or was edited. */
  reroute(ref: WorkloadRef): Promise<void> {
    return this.targets.reroute(ref);
  }

  /** One tick: observe, plan, write. @param nowSeconds a multiple of 15. */
  async tick(nowSeconds: number): Promise<readonly WorkloadStatus[]> {
    this.registry.tickNumber = Math.round(nowSeconds / TICK_SECONDS);
    this.onboarding.start(nowSeconds);
    await this.guards?.lead(nowSeconds);
    await this.observations.take(nowSeconds);
    await this.parts.pause?.();
    await this.refits.look(nowSeconds);
    await this.parts.pause?.();
    const changing = await this.planAll(nowSeconds);
    if (changing) this.writes.want(changing);
    await this.writes.done();
    await this.parts.pause?.();
    this.creations.ask();
    this.refits.adoptRest(nowSeconds);
    this.targets.readStale();
    this.newest = await this.allStatuses(nowSeconds);
    return this.newest;
  }

  /**
   * We lead from now on: what the last tick found to be missing is added now, and not at the next tick, 15 s after a takeover that took
   * 19. Removals wait, and so does what is at 0: the leader before us may have known why.
   */
  async takeOver(): Promise<void> {
    this.refits.askAgain();
    await this.guards?.lead(this.parts.epochSeconds?.() ?? this.registry.tickNumber * TICK_SECONDS);
    const short = [...this.registry.workloads.values()].filter(({ state, proposal, policy, memory }) => {
      if (!state || policy.mode === 'observe' || proposal?.decision.kind !== 'scale') return false;
      // What another writer did is first looked at by the next tick.
      if (memory.external.conflict || memory.external.respected || memory.external.switchedOff) return false;
      return state.replicas > 0 && proposal.decision.replicas > state.replicas;
    });
    this.writes.want(short);
    await this.writes.done();
  }

  /** Decisions that wait to be carried out. */
  get writesWaiting(): number {
    return this.writes.depth;
  }

  /** Writes nothing any more; waits for what is under way. */
  async stop(): Promise<void> {
    await this.writes.stop();
    await this.guards?.save();
  }

  /** Leads no more: what waits to be written is let go of; waits for what is under way. */
  rest(): Promise<void> {
    return this.writes.rest();
  }

  /** The queue lost what it repeats by itself. */
  queueLost(): void {
    this.refits.askAgain();
    this.refits.askWithinHour();
  }

  /** The queue repeats these no more. */
  schedulesLost(ids: readonly string[]): void {
    this.refits.askWithinHour(new Set(ids));
  }

  /** Waits for onboarding under way. */
  settled(): Promise<void> {
    return this.onboarding.settled();
  }

  private async optIn(ref: WorkloadRef, uid: string, policy: WorkloadPolicy): Promise<void> {
    const key = workloadKey(ref);
    const before = this.registry.workloads.get(key);
    const workload = new ScaledWorkload(ref, uid, policy, this.parts.unitOf, before, this.parts.measurementOf);
    this.registry.workloads.set(key, workload);
    if (!before) this.guards?.admit(workload);
    const old = this.registry.progress.get(key);
    // Where a target is left (another HPA, paused, observing), what stands there because of us goes.
    const otherHpa = before?.policy.takeOverHpa !== policy.takeOverHpa;
    if (before && (policy.paused === 'all' || policy.mode === 'observe' || otherHpa)) {
      if (before.target?.kind === 'hpa') {
        // The floor that is put back is nobody else's change: it is read anew, and begun with.
        workload.state = undefined;
        workload.memory.external.forget();
      }
      await this.targets.release(before);
    }
    for (const metric of workload.metrics) metric.restsUntilTick = Number.NEGATIVE_INFINITY;
    this.registry.progress.set(key, new WorkloadProgress(old));
    // What was recorded of another metric under the same id is none of this one's.
    const kept = new Set<MetricScaler>(workload.metrics);
    for (const metric of before?.metrics ?? []) if (!kept.has(metric)) await this.forgetMetric(metric.query.id);
    if (this.parts.epochSeconds) this.onboarding.start(this.parts.epochSeconds());
  }

  private async optOut(key: string, uid: string): Promise<void> {
    // Also of one whose annotations were wrong, which has conditions and nothing else.
    this.times.forget(key);
    const workload = this.registry.workloads.get(key);
    if (!workload) return;
    this.registry.workloads.delete(key);
    this.registry.progress.delete(key);
    this.guards?.forget(key);
    await this.targets.release(workload);
    for (const { query } of workload.metrics) await this.forgetMetric(query.id);
    this.parts.pods.unregister(workload.ref);
    this.parts.events.forget(workload.ref, uid);
  }

  private async forgetMetric(id: string): Promise<void> {
    const { queue, forecasts, recording } = this.parts;
    this.refits.forget(id);
    await Promise.all([queue.cancel(id), forecasts.forget(id), recording.end(id)]);
  }

  /**
   * Proposals hold once all are made and the fleet breaker has seen them: writes that go on beside the tick are those of the tick before until then.
   * @returns what is to change; undefined: we began or ceased to lead meanwhile, and what was planned as the other is not written
   */
  private async planAll(nowSeconds: number): Promise<ScaledWorkload[] | undefined> {
    const { workloads } = this.registry;
    const led = this.parts.isLeader();
    const planned = new Map<ScaledWorkload, Proposal | undefined>();
    const plan = (workload: ScaledWorkload) => {
      const before = workload.proposal;
      const proposal = this.planOne(workload, nowSeconds);
      this.notices.tellObstacles(workload);
      if (proposal) this.notices.tellOfOthers(workload);
      planned.set(workload, proposal);
      workload.proposal = before;
    };
    await inParts(workloads.values(), plan, this.parts.pause);
    if (this.parts.isLeader() !== led) return undefined;
    const changing: ScaledWorkload[] = [];
    for (const [workload, proposal] of planned) {
      // What opted out, or has another policy, since it was planned is not written to.
      if (workloads.get(workload.key) !== workload) continue;
      workload.proposal = proposal;
      if (proposal?.decision.kind === 'scale') changing.push(workload);
      // What could not be written is not wanted any more.
      else if (proposal) workload.succeeded('write');
    }
    return this.afterBreaker(changing, nowSeconds);
  }

  private planOne(workload: ScaledWorkload, nowSeconds: number): Proposal | undefined {
    const { pods } = this.parts;
    const { key } = workload;
    workload.proposal = undefined;
    workload.ambiguous = pods.ambiguousPodOf?.(key);
    if (workload.ambiguous) return undefined;
    if (pods.knows?.(workload.ref) === false) {
      workload.failed('tick', 'its pods were not listed yet');
      return undefined;
    }
    try {
      const { ready } = pods.countsOf(key);
      const { maxReplicas } = this.settings;
      workload.clockProblem = this.parts.clockProblem?.();
      return workload.plan(nowSeconds, pods.podsOf(key), ready, maxReplicas, this.parts.isLeader());
    } catch (error) {
      workload.failed('tick', messageOf(error));
      this.parts.log.error('a workload could not be planned', { workload: key, error });
      return undefined;
    }
  }

  private afterBreaker(changing: readonly ScaledWorkload[], nowSeconds: number): ScaledWorkload[] {
    const lowering = changing.flatMap((workload): Lowering[] => {
      const { state, proposal, key, policy } = workload;
      // What is only shown must not spend the budget of what is done.
      if (policy.mode === 'observe') return [];
      const from = state!.replicas;
      const to = proposal!.decision.replicas;
      return to < from ? [{ key, from, to, asked: from > proposal!.bounds.max }] : [];
    });
    if (lowering.length === 0) return [...changing];
    const admitted = this.breaker.admit(lowering, this.registry.workloads.size, nowSeconds);
    return changing.filter((workload) => {
      const { policy, proposal, state, key } = workload;
      if (policy.mode === 'observe' || proposal!.decision.replicas >= state!.replicas || admitted.has(key)) return true;
      workload.hold('fleet-breaker');
      return false;
    });
  }

  private async allStatuses(nowSeconds: number): Promise<WorkloadStatus[]> {
    const statuses: WorkloadStatus[] = [];
    const show = (workload: ScaledWorkload) => statuses.push(this.status(workload, nowSeconds));
    await inParts(this.registry.workloads.values(), show, this.parts.pause);
    for (const [key, { ref, errors, mode }] of this.wrong)
      statuses.push(wrongStatus(key, ref, { message: errorText(errors), mode }, nowSeconds, this.times));
    return statuses;
  }

  private status(workload: ScaledWorkload, nowSeconds: number): WorkloadStatus {
    return statusOf(workload, this.parts.pods.countsOf(workload.key).ready, nowSeconds, this.times);
  }
}

/** All errors of a workload in one text: `prescale.dev/target: expected …`. */
export function errorText(errors: readonly PolicyError[]): string {
  return errors.map(({ annotation, message }) => `${annotation}: ${message}`).join('; ');
}
