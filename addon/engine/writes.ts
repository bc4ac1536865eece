import { honoursDeletionCost, markPods, podsToMark } from '../../actuator/targets/deletion-cost.ts';
import type { ScaleOutcome, ScaleTarget } from '../../actuator/targets/target.ts';
import { messageOf } from '../../core/errors.ts';
import { httpStatusOf } from '../../kubernetes/api.ts';
import { fieldOf } from '../journal/journal-text.ts';
import { type ConditionTimes, statusOf } from '../status/addon-status.ts';
import { changeWords, describeReason } from '../status/describe.ts';
import type { EngineParts, EngineSettings, WorkloadRegistry } from './engine-parts.ts';
import type { GuardKeeper } from './guard-keeper.ts';
import type { Proposal, ScaledWorkload } from './scaled-workload.ts';
import type { TargetStates } from './target-states.ts';

/** A write that failed is tried again after 1, 2, 4 ticks; one that was refused also after 8, two minutes: the same gets the same answer. */
const MOST_FAILED_WRITE_TICKS = 4;
const MOST_REFUSED_WRITE_TICKS = 8;
/** The API server's priority and fairness: too many requests. */
const TOO_MANY = 429;

/** What a write carried out, and when that was decided. */
interface Written {
  readonly kind: ScaleTarget['kind'];
  readonly proposal: Proposal;
  readonly nowSeconds: number;
}

/**
 * Carries decisions out, where this replica acts: a few at once, each fenced, each said. They go on beside the ticks, as 10,000 of
 * them take more than a minute at the rate that an API server is asked to bear; what waits is replaced by what the next tick decides.
 */
export class Writes {
  private readonly parts: EngineParts;
  private readonly settings: EngineSettings;
  private readonly registry: WorkloadRegistry;
  private readonly targets: TargetStates;
  private readonly times: ConditionTimes;
  private readonly guards: Pick<GuardKeeper, 'save'> | undefined;
  /** What is about to be written, and all that led to it, is stored, or can't be; false: that is not known in time. */
  private saved: Promise<boolean> = Promise.resolve(true);
  /** Those whose decision is to be carried out, the next one first. */
  private waiting: ScaledWorkload[] = [];
  private next = 0;
  private readonly lanes = new Set<Promise<void>>();
  /** Fewer at once while the API server says that it is too much. */
  private atOnce: number;
  private stopped = false;

  /** @param times since when conditions hold, for the messages of Events. @param guards store what they remember; undefined: nowhere */
  constructor(
    parts: EngineParts,
    settings: EngineSettings,
    registry: WorkloadRegistry,
    targets: TargetStates,
    times: ConditionTimes,
    guards: Pick<GuardKeeper, 'save'> | undefined,
  ) {
    this.guards = guards;
    this.parts = parts;
    this.settings = settings;
    this.registry = registry;
    this.targets = targets;
    this.times = times;
    this.atOnce = settings.writesAtOnce;
  }

  /** Decisions that wait to be carried out. */
  get depth(): number {
    return this.waiting.length - this.next;
  }

  /** From now on these are to be written, by their newest proposals, and what waited and is not among them is not wanted any more. */
  want(changing: readonly ScaledWorkload[]): void {
    const wanted = this.parts.isLeader() && !this.stopped ? changing.filter((workload) => this.isDue(workload)) : [];
    this.waiting = inOrder(wanted);
    this.next = 0;
    // Before the writes: should we die in them, the next leader takes them for ours.
    for (const { memory, state, proposal } of wanted) memory.intend(state!.replicas, proposal!.decision.replicas);
    this.saved = this.inTime(this.guards?.save());
    for (let more = Math.min(this.atOnce - this.lanes.size, this.depth); more > 0; more--) {
      const lane: Promise<void> = this.lane().finally(() => this.lanes.delete(lane));
      this.lanes.add(lane);
    }
  }

  /** All that waits is written; or this much patience is over, and the rest goes on. */
  async done(): Promise<void> {
    const written = this.allDone();
    if (this.lanes.size > 0) await this.inTime(written);
  }

  /** What waits is let go of; what is under way ends. */
  async stop(): Promise<void> {
    this.stopped = true;
    await this.rest();
  }

  /** The same, and goes on with whatever is wanted later. */
  async rest(): Promise<void> {
    this.want([]);
    await this.allDone();
  }

  /** @returns whether it ended before the patience did */
  private async inTime(task: Promise<void> | undefined): Promise<boolean> {
    const { patience } = this.parts;
    if (!task || !patience) return Promise.resolve(task).then(() => true);
    const over = new AbortController();
    const ended = await Promise.race([task.then(() => true), patience(over.signal).then(() => false)]);
    over.abort('over');
    return ended;
  }

  private async allDone(): Promise<void> {
    while (this.lanes.size > 0) await Promise.all(this.lanes);
  }

  private isDue({ policy, key }: ScaledWorkload): boolean {
    return policy.mode !== 'observe' && this.registry.progress.get(key)!.isWriteDue(this.registry.tickNumber);
  }

  private async lane(): Promise<void> {
    while (this.parts.isLeader() && this.depth > 0 && this.lanes.size <= this.atOnce) {
      const workload = this.waiting[this.next++]!;
      const { key } = workload;
      // One that is being written is wanted again by the next tick, should that not be enough.
      if (this.registry.writing.has(key)) continue;
      this.registry.writing.add(key);
      await this.registry.alone(workload, () => this.gated(() => this.writeOne(workload)));
      this.registry.writing.delete(key);
      this.targets.written(key);
    }
  }

  private gated(write: () => Promise<void>): Promise<void> {
    const { writeGate } = this.parts;
    return writeGate ? writeGate.run(write) : write();
  }

  private async writeOne(workload: ScaledWorkload): Promise<void> {
    const { target, state, proposal, key } = workload;
    const progress = this.registry.progress.get(key);
    // By the newest tick it may be as it should.
    if (!target || !state || !progress || proposal?.decision.kind !== 'scale') return;
    const nowSeconds = workload.decidedSeconds;
    const from = state.replicas;
    const to = proposal.decision.replicas;
    let takeBack = () => {};
    try {
      // Additions wait for no store; where one hangs, removals wait for the next tick.
      if (to < from && !(await this.saved)) return;
      if (to < from) await this.markGoing(workload, from - to);
      // Fenced as late as can be: a leader that was frozen writes nothing stale, and nobody what was opted out or paused meanwhile.
      if (!this.parts.isLeader() || this.registry.workloads.get(key) !== workload) return;
      takeBack = progress.beginWrite(target.kind === 'scale');
      const outcome = await target.write(from, to, proposal.writable);
      if (outcome.kind !== 'scaled') takeBack();
      this.wrote(workload, from, outcome, { kind: target.kind, proposal, nowSeconds });
      if (outcome.kind === 'refused') progress.writeFailed(this.registry.tickNumber, MOST_REFUSED_WRITE_TICKS);
      else progress.writeSucceeded();
      this.atOnce = Math.min(this.settings.writesAtOnce, this.atOnce + 1);
    } catch (error) {
      // If it was carried out all the same, its generation asks for one reading more; if not, somebody else's must not be taken for it.
      takeBack();
      progress.doubt({ from, to });
      progress.writeFailed(this.registry.tickNumber, MOST_FAILED_WRITE_TICKS);
      if (httpStatusOf(error) === TOO_MANY) this.atOnce = Math.max(1, Math.floor(this.atOnce / 2));
      workload.failed('write', messageOf(error));
      this.parts.onWrite?.(target.kind, 'error');
      this.parts.log.warn('replicas could not be written', { workload: key, error });
      // Whether it was carried out after all.
      void this.targets.readState(key);
    }
  }

  private wrote(workload: ScaledWorkload, from: number, outcome: ScaleOutcome, written: Written): void {
    const { ref, uid, memory, key } = workload;
    const { kind, proposal, nowSeconds } = written;
    switch (outcome.kind) {
      case 'scaled': {
        // In the words of what stood there when it was decided.
        const { ready } = this.parts.pods.countsOf(key);
        const why = describeReason(statusOf(workload, ready, nowSeconds, this.times, proposal));
        const message = changeWords(from, outcome.replicas, why);
        memory.wrote(from, outcome.replicas);
        this.stands(workload, outcome.replicas);
        workload.writtenSeconds = nowSeconds;
        const field = fieldOf(kind);
        const reason = proposal.decision.reasons.at(-1);
        this.parts.journal?.wrote({ key, field, from, to: outcome.replicas, reason, why, atSeconds: nowSeconds });
        workload.succeeded('write');
        this.parts.onWrite?.(kind, 'ok');
        this.parts.events.normal(ref, uid, outcome.replicas > from ? 'ScaledOut' : 'ScaledIn', message);
        this.parts.log.info('scaled', { workload: key, from, to: outcome.replicas, why: message });
        return;
      }
      case 'unchanged':
        this.stands(workload, outcome.replicas);
        workload.succeeded('write');
        return;
      case 'external':
        // Told by the next tick, as every change that another writer made.
        this.stands(workload, outcome.replicas);
        workload.succeeded('write');
        this.parts.onWrite?.(kind, 'conflict');
        return;
      case 'gone':
        workload.state = undefined;
        return;
      case 'refused':
        workload.failed('write', outcome.why);
        this.parts.onWrite?.(kind, 'error');
        this.parts.events.warning(ref, uid, 'Refused', outcome.why);
        return;
    }
  }

  /** Also for the same workload under a policy that was changed while it was being written. */
  private stands(workload: ScaledWorkload, replicas: number): void {
    const newest = this.registry.workloads.get(workload.key);
    const { memory } = workload;
    for (const one of newest?.memory === memory ? new Set([workload, newest]) : [workload]) {
      if (one.state) one.state = { ...one.state, replicas };
    }
  }

  /** Pods of virtual nodes go first, where pods are on both. Scale in all the same where that fails: it is only money. */
  private async markGoing({ key, ref, target }: ScaledWorkload, removed: number): Promise<void> {
    if (!this.settings.markDeletionCost || !honoursDeletionCost(ref.kind)) return;
    const pods = this.parts.pods.podsOf(key);
    const errors = await markPods(this.parts.api, podsToMark(pods, target?.kind === 'hpa' ? pods.length : removed));
    for (const [pod, error] of errors) this.parts.log.warn('a pod could not be marked', { workload: key, pod, error });
  }
}

/** Additions first, those most short of pods before the others; then removals, as they came. */
function inOrder(wanted: readonly ScaledWorkload[]): ScaledWorkload[] {
  const ranked = wanted.map((workload, place) => ({ workload, place, ...shortage(workload) }));
  ranked.sort((a, b) => b.now - a.now || b.soon - a.soon || a.place - b.place);
  return ranked.map(({ workload }) => workload);
}

/** The share of its pods that is missing for the load that is observed, and for what was decided; -1: it has too many. */
function shortage({ state, proposal }: ScaledWorkload): { readonly now: number; readonly soon: number } {
  const from = state!.replicas;
  const to = proposal!.decision.replicas;
  if (to < from) return { now: -1, soon: -1 };
  const needed = Math.min(to, proposal!.reactive ?? to);
  return { now: needed > from ? 1 - from / needed : 0, soon: 1 - from / to };
}
