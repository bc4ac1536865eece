/** What the code of the addon uses of an AbortSignal. */
class LightSignal {
  aborted = false;
  reason: unknown;
  private readonly calls = new Set<() => void>();

  addEventListener(_type: 'abort', call: () => void): void {
    if (!this.aborted) this.calls.add(call);
  }

  removeEventListener(_type: 'abort', call: () => void): void {
    this.calls.delete(call);
  }

  throwIfAborted(): void {
    if (this.aborted) throw this.reason;
  }

  abort(reason: unknown): void {
    if (this.aborted) return;
    this.aborted = true;
    this.reason = reason;
    for (const call of [...this.calls]) if (this.calls.has(call)) call();
    this.calls.clear();
  }

  static any(signals: readonly LightSignal[]): LightSignal {
    const any = new LightSignal();
    for (const one of signals) {
      if (one.aborted) any.abort(one.reason);
      else one.addEventListener('abort', () => any.abort(one.reason));
    }
    return any;
  }
}

class LightController {
  readonly signal = new LightSignal();

  abort(reason: unknown = 'aborted'): void {
    this.signal.abort(reason);
  }
}

/**
 * Puts signals without the DOM's events in the place of the thread's own, which cost a tenth of a simulation: a lease alone makes one
 * every two seconds. Nothing in a simulation does I/O that would want real ones.
 */
export function useLightSignals(): void {
  Object.assign(globalThis, { AbortController: LightController, AbortSignal: LightSignal });
}
