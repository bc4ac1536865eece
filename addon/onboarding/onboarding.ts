import { atMost } from '../../core/concurrency/at-most.ts';
import { messageOf } from '../../core/errors.ts';
import type { EngineParts, WorkloadRegistry } from '../engine/engine-parts.ts';
import type { ScaledWorkload } from '../engine/scaled-workload.ts';
import type { TargetStates } from '../engine/target-states.ts';
import type { WorkloadProgress } from '../engine/workload-progress.ts';
import type { Refits } from '../refits/refits.ts';

const REACH_AT_ONCE = 32;
/** Histories asked for at once, of those that are open otherwise. */
const LEARN_AT_ONCE = 8;

/** From opted in to learned: how a workload may be written to, its pods, its history, its first refit. */
export class Onboarding {
  private readonly parts: EngineParts;
  private readonly registry: WorkloadRegistry;
  private readonly targets: TargetStates;
  private readonly refits: Refits;
  private readonly underWay = new Set<Promise<void>>();
  private readonly learnSlot = atMost(LEARN_AT_ONCE);
  private reaching = 0;

  constructor(parts: EngineParts, registry: WorkloadRegistry, targets: TargetStates, refits: Refits) {
    this.parts = parts;
    this.registry = registry;
    this.targets = targets;
    this.refits = refits;
  }

  start(nowSeconds: number): void {
    for (const [key, progress] of this.registry.progress) {
      if (!progress.isOnboardingDue(this.registry.tickNumber)) continue;
      if (this.reaching >= REACH_AT_ONCE) return;
      const onboarded = this.onboard(key, progress, nowSeconds).finally(() => {
        progress.endOnboarding();
        this.underWay.delete(onboarded);
      });
      this.underWay.add(onboarded);
    }
  }

  /** Waits for onboarding under way. */
  async settled(): Promise<void> {
    while (this.underWay.size > 0) await Promise.all(this.underWay);
  }

  /**
   * First it is reached, all of them soon; then it waits its turn for its history, which may take minutes with a thousand. By then
   * it is watched, and carried by the reactive path.
   */
  private async onboard(key: string, progress: WorkloadProgress, nowSeconds: number): Promise<void> {
    const mustReach = progress.beginOnboarding(this.registry.tickNumber);
    const workload = this.registry.workloads.get(key);
    if (!workload) return;
    if (mustReach) await this.reach(workload, progress, nowSeconds);
    if (progress.reachedTick !== undefined) await this.learnSlot(() => this.learn(workload, progress, nowSeconds));
  }

  private async reach(workload: ScaledWorkload, progress: WorkloadProgress, nowSeconds: number): Promise<void> {
    this.reaching++;
    try {
      await this.targets.routeTo(workload);
      await this.targets.readState(workload.key);
      if (workload.state) progress.reach(this.registry.tickNumber);
    } catch (error) {
      this.notOnboarded(workload, error);
    } finally {
      this.reaching--;
      // The next one need not wait for the next tick.
      this.start(nowSeconds);
    }
  }

  /** Its history is read, and a first refit asked for. */
  private async learn(workload: ScaledWorkload, progress: WorkloadProgress, nowSeconds: number): Promise<void> {
    try {
      const filled = await this.historyIsThere(workload, nowSeconds);
      if (this.registry.progress.get(workload.key) !== progress) return;
      if (!filled) {
        progress.awaitHistory(this.registry.tickNumber);
        return;
      }
      progress.becomeReady();
      workload.succeeded('onboarding');
      // Learned by the next tick, instead of asked for at it and used at the one after.
      await this.refits.askOf(workload, nowSeconds);
    } catch (error) {
      this.notOnboarded(workload, error);
    }
  }

  private async historyIsThere({ metrics, state }: ScaledWorkload, nowSeconds: number): Promise<boolean> {
    let filled = true;
    for (const { query } of metrics) {
      if (!(await this.parts.recording.begin(query, state?.selector ?? '', nowSeconds))) filled = false;
    }
    return filled;
  }

  private notOnboarded(workload: ScaledWorkload, error: unknown): void {
    workload.failed('onboarding', messageOf(error));
    this.parts.log.warn('a workload could not be onboarded', { workload: workload.key, error });
  }
}
