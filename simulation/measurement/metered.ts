/**
 * What a process has done since its start, as its exporter counts it: grows at a rate that the caller changes. Units are the
 * caller's (CPU seconds, requests); times are epoch seconds and only go forward.
 */
export class WorkCounter {
  private fromSeconds: number;
  private value: number;
  private perSecond = 0;

  constructor(startSeconds: number, value = 0) {
    this.fromSeconds = startSeconds;
    this.value = value;
  }

  /** From this instant on it grows so much a second. @param perSecond ≥ 0 */
  grow(perSecond: number, fromSeconds: number): void {
    this.value = this.at(fromSeconds);
    this.fromSeconds = fromSeconds;
    this.perSecond = perSecond;
  }

  /** The process restarts: it counts from zero again, at the same rate. */
  restart(atSeconds: number): void {
    this.value = 0;
    this.fromSeconds = atSeconds;
  }

  /** Its value at an instant that is not before the last change. */
  at(seconds: number): number {
    return this.value + this.perSecond * (seconds - this.fromSeconds);
  }
}
