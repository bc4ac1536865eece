import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { SharedRender } from './shared-render.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const SECONDS = 1_000;

function renderer(seconds: number) {
  const shared = new SharedRender(() => performance.now() / SECONDS);
  let made = 0;
  const render = async () => {
    made++;
    await new Promise((resolve) => setTimeout(resolve, seconds * SECONDS));
    return `${made}`;
  };
  return { ask: async () => (await shared.of('/metrics', render)).toString(), made: () => made, shared };
}

describe('a text that takes half a second to make', () => {
  it('is made once for all who ask meanwhile, and again after four and a half', async () => {
    const { ask, made } = renderer(0.5);
    const first = [ask(), ask(), ask()];
    await vi.advanceTimersByTimeAsync(0.5 * SECONDS);
    expect(await Promise.all(first)).toEqual(['1', '1', '1']);
    await vi.advanceTimersByTimeAsync(4.4 * SECONDS);
    expect(await ask()).toBe('1');
    await vi.advanceTimersByTimeAsync(0.2 * SECONDS);
    void ask();
    await vi.advanceTimersByTimeAsync(0);
    expect(made()).toBe(2);
  });

  it('takes a tenth of an hour in which somebody always asks', async () => {
    const { ask, made } = renderer(0.5);
    for (let i = 0; i < 36_000; i++) {
      void ask();
      await vi.advanceTimersByTimeAsync(0.1 * SECONDS);
    }
    expect(made()).toBeGreaterThan(700);
    expect(made()).toBeLessThanOrEqual(720);
  });
});

describe('a text', () => {
  it('is never older than five seconds, however long it takes', async () => {
    const { ask, made } = renderer(3);
    void ask();
    await vi.advanceTimersByTimeAsync(3 * SECONDS);
    await vi.advanceTimersByTimeAsync(5.1 * SECONDS);
    void ask();
    await vi.advanceTimersByTimeAsync(0);
    expect(made()).toBe(2);
  });

  it('that can not be made is no text to whoever asked, and is tried again', async () => {
    const { shared, ask } = renderer(0);
    const failing = shared.of('/metrics', () => {
      throw new Error('no');
    });
    await expect(failing).rejects.toThrow('no');
    await vi.advanceTimersByTimeAsync(1);
    const next = ask();
    await vi.advanceTimersByTimeAsync(1);
    expect(await next).toBe('1');
  });

  it('of one path is not shown for another', async () => {
    const { shared } = renderer(0);
    const texts = await Promise.all(['/a', '/b'].map((path) => shared.of(path, () => path)));
    expect(texts.map(String)).toEqual(['/a', '/b']);
  });
});
