import { MINUTE_SECONDS } from '../../core/series.ts';
import { TICK_SECONDS } from '../../core/tick.ts';

/** A controller makes pods within a second or two; when none was added for half a minute, something refuses them. */
const PATIENCE_TICKS = 30 / TICK_SECONDS;
/** The reason of one workload is asked for once a minute. */
const ASK_AGAIN_TICKS = MINUTE_SECONDS / TICK_SECONDS;
/** A controller waits longer after each refusal, up to 1,000 s; see `tryAnew`. */
const TRY_ANEW_TICKS = (5 * MINUTE_SECONDS) / TICK_SECONDS;

/** Pods of one workload that were asked for and that nobody creates. Counts time in ticks. */
export class UncreatedPods {
  /** Of those asked for, missing for half a minute in which none was added. */
  count = 0;
  /** Why, in Kubernetes' words; undefined: it says nothing, or was not asked yet. */
  why: string | undefined;
  /** It was asked why, whatever the answer. */
  asked = false;
  private seen = false;
  private total = 0;
  private ticks = 0;
  private refusedTicks = 0;
  /** What was asked for before it was one more; undefined: it is not. */
  private triedFrom: number | undefined;
  /**
   * By how many pods the number should differ at this tick: another number lets the controller try at once, whereas by itself it tries
   * again after ever longer times. First one more and then, where it still is that, as before: nothing goes where pods exist that are not
   * seen, and what was asked for is never lowered but by what was added for this.
   * Source: the exponential rate limiter of k8s.io/client-go/util/workqueue, 5 ms to 1,000 s.
   */
  tryAnew: -1 | 0 | 1 = 0;
  private askTick = Number.NEGATIVE_INFINITY;

  /**
   * One tick. @param total pods that exist.
   * @param isKnown its controller makes pods that its selector finds; of another kind that is only known once there were some
   * @param inOrder the next pod is made only once those before it are Ready: while one starts, none is missing
   */
  update(wanted: number, total: number, starting: number, inOrder: boolean, isKnown = true): void {
    this.seen ||= isKnown || total > 0;
    const progress = total > this.total;
    this.total = total;
    this.tryAnew = 0;
    if (!this.seen || total >= wanted || (inOrder && starting > 0)) {
      this.ticks = 0;
      this.refusedTicks = 0;
      this.triedFrom = undefined;
      this.count = 0;
      this.why = undefined;
      this.asked = false;
      return;
    }
    this.ticks = progress ? 0 : this.ticks + 1;
    // Once it is known to be refused, a pod that gets through is no end of it.
    if (this.ticks <= PATIENCE_TICKS && this.count === 0) return;
    this.count = wanted - total;
    this.refusedTicks++;
    if (this.refusedTicks % TRY_ANEW_TICKS === 0) this.tryAgain(wanted);
  }

  private tryAgain(wanted: number): void {
    const isTried = this.triedFrom !== undefined && wanted === this.triedFrom + 1;
    this.tryAnew = isTried ? -1 : 1;
    this.triedFrom = isTried ? undefined : wanted;
  }

  /** Whether the reason is to be asked for at this tick; then it counts as asked for. */
  due(tick: number): boolean {
    if (this.count === 0 || tick - this.askTick < ASK_AGAIN_TICKS) return false;
    this.askTick = tick;
    return true;
  }
}
