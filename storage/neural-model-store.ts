/** Networks that were trained here, as bytes of artefacts: the one in use, and the one before it. */
export interface NetworkStore {
  /** Undefined: none; the one that is shipped is in use. */
  current(): Promise<Uint8Array | undefined>;
  previous(): Promise<Uint8Array | undefined>;
  /** Puts one in use; the one before becomes the previous one. */
  publish(bytes: Uint8Array): Promise<void>;
  /** Takes back the one in use: the previous one is in use again, without one that which is shipped. */
  rollBack(): Promise<void>;
}

export class MemoryNetworkStore implements NetworkStore {
  /** Newest first. */
  private kept: readonly Uint8Array[] = [];

  async current(): Promise<Uint8Array | undefined> {
    return this.kept[0];
  }

  async previous(): Promise<Uint8Array | undefined> {
    return this.kept[1];
  }

  async publish(bytes: Uint8Array): Promise<void> {
    this.kept = [bytes, ...this.kept].slice(0, 2);
  }

  async rollBack(): Promise<void> {
    this.kept = this.kept.slice(1);
  }
}
