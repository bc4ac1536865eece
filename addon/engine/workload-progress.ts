/** A failed onboarding is tried again after so many ticks: a minute. */
const ONBOARD_AGAIN_TICKS = 4;
/** A state that no event touched is read again after half an hour: 1,000 workloads cost 0.6 requests a second. */
const STATE_TICKS = 120;

/**
 * Its turn comes at this tick (counted since the epoch) at the earliest. `history-awaited`: its target was read, and another process reads
 * its history.
 */
interface Waiting {
  readonly kind: 'pending' | 'history-awaited';
  readonly fromTick: number;
}

/** From opted in to onboarded. */
type Stage =
  | Waiting
  /** Its target or its history is being read. */
  | { readonly kind: 'onboarding'; readonly otherwise: Waiting }
  | { readonly kind: 'ready' };

/** What is known of the target at the API server; `outdated`: a write began while it was being read. */
type TargetRead = 'idle' | 'reading' | 'outdated';

/** A write without an answer, which may have been carried out. */
export interface DoubtfulWrite {
  readonly from: number;
  readonly to: number;
}

/** How far a workload has come, and what is under way for it: the one place that says so. Knows no clock and does no I/O. */
export class WorkloadProgress {
  private stage: Stage = { kind: 'pending', fromTick: 0 };
  /** The tick at which its target was read for its onboarding: it can be written to from then on. Undefined before. */
  private reached: number | undefined;
  private read: TargetRead = 'idle';
  private readTick = 0;
  private readAgain = false;
  /** metadata.generation that our own writes lead to: a larger one is of another writer. Undefined: none was seen yet. */
  private generation: number | undefined;
  private failedWrites = 0;
  /** No write before this tick. */
  private writeTick = 0;
  private doubtful: DoubtfulWrite | undefined;

  /** @param before progress of the same workload under the policy before this one */
  constructor(before?: WorkloadProgress) {
    this.generation = before?.generation;
    this.doubtful = before?.doubtful;
  }

  /** It is onboarded: its history is there. */
  get isReady(): boolean {
    return this.stage.kind === 'ready';
  }

  /** The tick at which its target was read for its onboarding; undefined: it was not yet. */
  get reachedTick(): number | undefined {
    return this.reached;
  }

  isOnboardingDue(tick: number): boolean {
    const { stage } = this;
    return 'fromTick' in stage && stage.fromTick <= tick;
  }

  /** @returns whether its target has to be read first: one that only waits for its history was reached before */
  beginOnboarding(tick: number): boolean {
    const wasReached = this.stage.kind === 'history-awaited';
    this.stage = { kind: 'onboarding', otherwise: { kind: 'pending', fromTick: tick + ONBOARD_AGAIN_TICKS } };
    return !wasReached;
  }

  reach(tick: number): void {
    this.reached = tick;
  }

  /** Another process reads its history: it is asked for again once this onboarding has ended, at this tick at the earliest. */
  awaitHistory(tick: number): void {
    this.stage = { kind: 'onboarding', otherwise: { kind: 'history-awaited', fromTick: tick } };
  }

  becomeReady(): void {
    this.stage = { kind: 'ready' };
  }

  /** What was begun by `beginOnboarding` is over, however it ended. */
  endOnboarding(): void {
    if (this.stage.kind === 'onboarding') this.stage = this.stage.otherwise;
  }

  /** @returns false: it can't be read now, and will be as soon as what is under way has ended */
  beginRead(isBeingWritten: boolean): boolean {
    // What is being read may be older than the change that asks for it now; what is being written may change any moment.
    this.readAgain = this.read !== 'idle' || isBeingWritten;
    if (this.readAgain) return false;
    this.read = 'reading';
    return true;
  }

  /** The target was read. @returns whether the answer holds; false: a write began meanwhile, and it is to be read again */
  takeRead(): boolean {
    if (this.read !== 'outdated') return true;
    this.readAgain = true;
    return false;
  }

  endRead(): void {
    this.read = 'idle';
  }

  /** Something changed while it was being read or written. */
  get isReadAgain(): boolean {
    return this.readAgain;
  }

  /** What stands there is known as of this tick. */
  readAt(tick: number): void {
    this.readTick = tick;
  }

  /** Due again at the next tick: what an outage hid must not wait for half an hour. */
  readFailed(): void {
    this.readTick = Number.NEGATIVE_INFINITY;
  }

  isReadDue(tick: number): boolean {
    return this.isReady && tick - this.readTick >= STATE_TICKS;
  }

  /** A generation of the object. @returns whether another writer changed what was read, or is being read, before */
  see(generation: number): boolean {
    const known = this.generation;
    if (known !== undefined && generation <= known) return false;
    this.generation = generation;
    // The first one comes with the workload itself, whose state is read as it is onboarded.
    return known !== undefined && (this.stage.kind === 'onboarding' || this.isReady);
  }

  isWriteDue(tick: number): boolean {
    return this.writeTick <= tick;
  }

  /** @param raises whether the write raises the object's generation. @returns takes that back, if nothing was written */
  beginWrite(raises: boolean): () => void {
    if (this.read === 'reading') this.read = 'outdated';
    let raised = raises && this.generation !== undefined ? 1 : 0;
    if (this.generation !== undefined) this.generation += raised;
    return () => {
      if (this.generation !== undefined) this.generation -= raised;
      raised = 0;
    };
  }

  writeSucceeded(): void {
    this.failedWrites = 0;
  }

  /** The next write waits for 1, 2, 4 ticks, and no longer than `mostTicks`. */
  writeFailed(tick: number, mostTicks: number): void {
    this.writeTick = tick + Math.min(mostTicks, 2 ** this.failedWrites++);
  }

  writeAtOnce(): void {
    this.writeTick = 0;
  }

  doubt(write: DoubtfulWrite): void {
    this.doubtful = write;
  }

  /** The write without an answer, once: whoever asks finds out what became of it. */
  takeDoubtful(): DoubtfulWrite | undefined {
    const { doubtful } = this;
    this.doubtful = undefined;
    return doubtful;
  }
}
