import type { ScaleOutcome, ScaleTarget, TargetState } from './target.ts';

/** Mode `observe`: reads as the real target does and writes nothing. */
export class DryRun implements ScaleTarget {
  readonly kind = 'dry-run';
  private readonly real: ScaleTarget;

  constructor(real: ScaleTarget) {
    this.real = real;
  }

  read(): Promise<TargetState | undefined> {
    return this.real.read();
  }

  async write(from: number): Promise<ScaleOutcome> {
    return { kind: 'unchanged', replicas: from };
  }

  /** Nothing was written, so nothing is put back: what an earlier mode raised is released by that mode's own target. */
  async release(): Promise<void> {}
}
