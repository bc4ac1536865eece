import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { NOTHING, type Read } from './client.ts';
import { pauseSeconds, poll } from './polling.ts';

const SINCE = 1_772_431_200;

const came = (value: number): Read<number> => ({ ...NOTHING, value, atSeconds: SINCE, status: 200 });
const failed = (before: Read<number>): Read<number> => ({
  ...before,
  problem: 'gone',
  status: 0,
  failingSince: before.failingSince ?? SINCE,
  failures: before.failures + 1,
});

/** A tab that somebody looks at, or not. */
class Tab extends EventTarget {
  visibilityState = 'visible';

  turn(state: string): void {
    this.visibilityState = state;
    this.dispatchEvent(new Event('visibilitychange'));
  }
}

let tab: Tab;

beforeEach(() => {
  vi.useFakeTimers();
  tab = new Tab();
  vi.stubGlobal('document', tab);
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

function polling(answers: (before: Read<number>) => Read<number>) {
  const shown: Read<number>[] = [];
  const asked: number[] = [];
  const stop = poll<number>({
    look: async (before) => {
      asked.push(Date.now() / 1000);
      return answers(before);
    },
    everySeconds: 15,
    show: (read) => shown.push(read),
  });
  const begun = Date.now() / 1000;
  const pass = (seconds: number) => vi.advanceTimersByTimeAsync(seconds * 1000);
  return { shown, stop, pass, times: () => asked.map((at) => at - begun) };
}

describe('the pause after a failure', () => {
  const pauses = (everySeconds: number, retryAfterSeconds?: number) =>
    [0, 1, 2, 3, 4, 7, 12].map((failures) => pauseSeconds({ failures, retryAfterSeconds }, everySeconds));

  it('is short at first and doubles, up to two minutes or the usual pause', () => {
    expect(pauses(15)).toEqual([15, 2, 4, 8, 16, 120, 120]);
    expect(pauses(300)).toEqual([300, 2, 4, 8, 16, 128, 300]);
  });

  it('is what the server asks for where that is longer', () => {
    expect(pauses(15, 15)).toEqual([15, 15, 15, 15, 16, 120, 120]);
  });

  it('comes to an end also of what is read once', () => {
    expect(pauses(0)).toEqual([0, 2, 4, 8, 16, 120, 120]);
  });
});

describe('what is read again and again', () => {
  it('keeps the last known and since when it is that, and begins anew once the source is back', async () => {
    let away = false;
    let count = 0;
    const { shown, pass, times, stop } = polling((before) => (away ? failed(before) : came(++count)));
    await pass(0);
    away = true;
    await pass(15 + 2 + 4);
    expect(times()).toEqual([0, 15, 17, 21]);
    expect(shown.at(-1)).toMatchObject({ value: 1, failingSince: SINCE, failures: 3 });
    away = false;
    await pass(8);
    expect(shown.at(-1)).toEqual(came(2));
    await pass(15);
    expect(times()).toEqual([0, 15, 17, 21, 29, 44]);
    stop();
  });

  it('rests while nobody looks at the tab, and is read at once when somebody does', async () => {
    const { pass, times, stop } = polling(() => came(1));
    await pass(0);
    tab.turn('hidden');
    await pass(600);
    expect(times()).toEqual([0]);
    tab.turn('visible');
    await pass(0);
    expect(times()).toEqual([0, 600]);
    stop();
  });

  it('ends when its page does, whatever is under way', async () => {
    const { shown, pass, times, stop } = polling(() => came(1));
    stop();
    await pass(600);
    expect([shown, times()]).toEqual([[], [0]]);
  });
});
