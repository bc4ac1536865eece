/** Rows to learn from, in arrays that can be handed to another thread. */
export interface TrainingSet {
  /** Features a row. */
  readonly inputs: number;
  /** Row by row; all finite. */
  readonly rows: Float32Array;
  /** What came, one a row. */
  readonly targets: Float32Array;
  /** How much a row's miss counts. */
  readonly weights: Float32Array;
  /** 1: the row is kept back, to see when to stop. */
  readonly heldOut: Uint8Array;
}

/** Takes rows one by one and grows as they come. */
export class TrainingRows {
  private length = 0;
  private rows: Float32Array;
  private targets: Float32Array;
  private weights: Float32Array;
  private heldOut: Uint8Array;
  private readonly inputs: number;

  constructor(inputs: number, room = 1_024) {
    this.inputs = inputs;
    this.rows = new Float32Array(room * inputs);
    this.targets = new Float32Array(room);
    this.weights = new Float32Array(room);
    this.heldOut = new Uint8Array(room);
  }

  /** Where the next row's features are to be written, in `values`. */
  next(): { readonly values: Float32Array; readonly at: number } {
    if (this.length === this.targets.length) this.grow();
    return { values: this.rows, at: this.length * this.inputs };
  }

  /** The row that was written is complete. One that is not finite is dropped. */
  push(target: number, weight: number, heldOut: boolean): void {
    const { length, inputs, rows } = this;
    if (!Number.isFinite(target) || !Number.isFinite(weight)) return;
    for (let i = length * inputs; i < (length + 1) * inputs; i++) if (!Number.isFinite(rows[i]!)) return;
    this.targets[length] = target;
    this.weights[length] = weight;
    this.heldOut[length] = heldOut ? 1 : 0;
    this.length++;
  }

  /** All that was pushed; the same memory, so nothing may be pushed afterwards. */
  set(): TrainingSet {
    const { length, inputs } = this;
    return {
      inputs,
      rows: this.rows.subarray(0, length * inputs),
      targets: this.targets.subarray(0, length),
      weights: this.weights.subarray(0, length),
      heldOut: this.heldOut.subarray(0, length),
    };
  }

  private grow(): void {
    const larger = <T extends Float32Array | Uint8Array>(old: T, made: T): T => {
      made.set(old);
      return made;
    };
    const room = 2 * this.targets.length;
    this.rows = larger(this.rows, new Float32Array(room * this.inputs));
    this.targets = larger(this.targets, new Float32Array(room));
    this.weights = larger(this.weights, new Float32Array(room));
    this.heldOut = larger(this.heldOut, new Uint8Array(room));
  }
}
