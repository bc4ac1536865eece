/** Of the time, making one text takes a tenth, however often it is asked for; a sixth where it takes a second. */
const REST_PER_RENDER = 9;
/** Prometheus asks each 15…60 s and always gets a fresh one. */
const LONGEST_REST_SECONDS = 5;

/**
 * Texts that are expensive to make and that anybody may ask for. All who ask while one is made get that one; after it took 0.3 s,
 * whoever asks within the next 2.7 s gets it again. One that took 3 ms is made anew after 27 ms.
 */
export class SharedRender {
  private readonly monotonicSeconds: () => number;
  private readonly texts = new Map<string, Promise<Buffer>>();

  constructor(monotonicSeconds: () => number) {
    this.monotonicSeconds = monotonicSeconds;
  }

  /** @throws whatever `render` throws; a failure is shared like a text */
  of(key: string, render: () => string | Promise<string | Buffer>): Promise<Buffer> {
    const shared = this.texts.get(key);
    if (shared) return shared;
    const begin = this.monotonicSeconds();
    const text = Promise.resolve()
      .then(render)
      .then((one) => (typeof one === 'string' ? Buffer.from(one) : one));
    this.texts.set(key, text);
    const rest = () => {
      const seconds = Math.min(LONGEST_REST_SECONDS, REST_PER_RENDER * (this.monotonicSeconds() - begin));
      // 70,000 series are 10 MB: kept no longer than they are good for.
      setTimeout(() => this.texts.delete(key), 1000 * seconds).unref();
    };
    text.then(rest, rest);
    return text;
  }
}
