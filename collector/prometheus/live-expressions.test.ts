import { describe, expect, it } from 'vitest';
import { InputError, WorldError } from '../../core/errors.ts';
import { AnsweredInPart, type AnsweredSeries, TookTooLong } from './answer.ts';
import { LiveExpressions } from './live-expressions.ts';

const AT = 1_790_000_000;
const many = (count: number, texts: Record<number, string> = {}) =>
  Array.from({ length: count }, (_, i) => ({ id: `w${i}`, text: texts[i] ?? `load_${i}` }));

/** A server that gives `load_7` the value 7, and fails as its rules say. */
function server(rules: (query: string) => Error | undefined = () => undefined) {
  const asked: string[] = [];
  const evaluate = async (query: string): Promise<AnsweredSeries[]> => {
    asked.push(query);
    const error = rules(query);
    if (error) throw error;
    const batch = [...query.matchAll(/load_(\d+)\n\), "prescale_query", "(\d+)"/g)];
    const series = (value: string, mark?: string): AnsweredSeries => ({
      metric: mark === undefined ? {} : { prescale_query: mark },
      points: [[AT, value]],
    });
    if (batch.length > 0) return batch.map(([, value, mark]) => series(value!, mark));
    return [series(/load_(\d+)/.exec(query)![1]!)];
  };
  return { asked, evaluate };
}

describe('many expressions', () => {
  it('a slow one among 500 is found in the same tick, 499 are there, and it rests for a minute', async () => {
    const { asked, evaluate } = server((query) =>
      query.includes('expensive') ? new TookTooLong('did not answer within 3 s') : undefined,
    );
    const live = new LiveExpressions(evaluate);
    const expressions = many(500, { 321: 'expensive_321' });
    const first = await live.read(expressions, AT, AT - 15);
    expect([...first.values()].filter(({ kind }) => kind === 'value')).toHaveLength(499);
    expect(first.get('w320')).toEqual({ kind: 'value', value: 320, timeSeconds: AT - 15 });
    expect(first.get('w321')).toEqual({ kind: 'missing', why: 'did not answer within 3 s' });
    // 200 → 25 → 4 → 1: four waits one after the other, which is why the deadline is 3 s and not 15.
    expect(asked.filter((query) => query.includes('expensive'))).toHaveLength(4);
    asked.length = 0;
    const second = await live.read(expressions, AT + 15, AT);
    expect(asked).toHaveLength(3);
    expect(second.get('w321')).toEqual({ kind: 'missing', why: 'did not answer within 3 s' });
    asked.length = 0;
    await live.read(expressions, AT + 60, AT + 45);
    expect(asked.filter((query) => query.includes('expensive'))).toEqual(['expensive_321']);
  });

  it('of 10,000 go in fifty requests; one that gets no answer costs its own 200 their values, and no other', async () => {
    const { asked, evaluate } = server((query) =>
      query.includes('load_4321\n') ? new WorldError('closed the connection in the middle of its answer') : undefined,
    );
    const readings = await new LiveExpressions(evaluate).read(many(10_000), AT, AT - 15);
    expect(asked).toHaveLength(50);
    expect(readings.size).toBe(10_000);
    const missing = [...readings].filter(([, { kind }]) => kind === 'missing').map(([id]) => id);
    expect([missing[0], missing.at(-1), missing.length]).toEqual(['w4200', 'w4399', 200]);
  });

  it('stand in a tree of ors, so that a server does not look at all of them for each', async () => {
    const { asked, evaluate } = server();
    await new LiveExpressions(evaluate).read(many(200), AT, AT - 15);
    const depth = [...asked[0]!].reduce(
      ({ now, most }, letter) => {
        const next = now + (letter === '(' ? 1 : letter === ')' ? -1 : 0);
        return { now: next, most: Math.max(most, next) };
      },
      { now: 0, most: 0 },
    );
    // Eight ors deep, and two within label_replace.
    expect(depth).toEqual({ now: 0, most: 10 });
    expect(asked[0]!.split(' or ')).toHaveLength(200);
  });

  it('a server that is slow as a whole is not asked ever more, and gets less at a time', async () => {
    const { asked, evaluate } = server(() => new TookTooLong('did not answer within 3 s'));
    const live = new LiveExpressions(evaluate);
    const readings = await live.read(many(400), AT, AT - 15);
    expect([...readings.values()].every(({ kind }) => kind === 'missing')).toBe(true);
    expect(asked).toHaveLength(2 + 2 * 8);
    asked.length = 0;
    await live.read(many(400), AT + 15, AT);
    expect(asked[0]!.split('prescale_query').length - 1).toBe(100);
  });

  it('one with a warning leaves the others; warnings on everything are the server, and stay unknown', async () => {
    const warning = new AnsweredInPart('answered in part only: a store is down');
    const one = server((query) => (query.includes('odd') ? warning : undefined));
    const readings = await new LiveExpressions(one.evaluate).read(many(300, { 123: 'odd_123' }), AT, AT - 15);
    expect([...readings.values()].filter(({ kind }) => kind === 'value')).toHaveLength(299);
    expect(readings.get('w123')).toEqual({ kind: 'missing', why: warning.message });
    const all = server(() => warning);
    const none = await new LiveExpressions(all.evaluate).read(many(200), AT, AT - 15);
    expect([...none.values()].every(({ kind }) => kind === 'missing')).toBe(true);
    expect(all.asked).toHaveLength(1 + 8);
  });

  it('a server that is gone is asked once a batch, and nobody is blamed', async () => {
    let up = false;
    const { asked, evaluate } = server(() => (up ? undefined : new WorldError('refuses connections')));
    const live = new LiveExpressions(evaluate);
    const readings = await live.read(many(500), AT, AT - 15);
    expect(asked).toHaveLength(3);
    expect(readings.get('w499')).toEqual({ kind: 'missing', why: 'refuses connections' });
    up = true;
    expect((await live.read(many(500), AT + 15, AT)).get('w499')).toMatchObject({ kind: 'value', value: 499 });
  });

  it('a single workload on a server that hiccups is asked again at the next tick', async () => {
    let slow = true;
    const { evaluate } = server(() => (slow ? new TookTooLong('did not answer within 3 s') : undefined));
    const live = new LiveExpressions(evaluate);
    expect((await live.read(many(1), AT, AT - 15)).get('w0')!.kind).toBe('missing');
    slow = false;
    expect((await live.read(many(1), AT + 15, AT)).get('w0')).toMatchObject({ kind: 'value', value: 0 });
  });

  it('what could speak for others is asked by itself', async () => {
    const forged = 'load_1), "prescale_query", "2", "", "") or label_replace((load_1';
    const { asked, evaluate } = server();
    await new LiveExpressions(evaluate).read(many(3, { 1: forged }), AT, AT - 15);
    expect(asked.filter((query) => query.includes('load_1'))).toEqual([forged]);
  });

  it('a refused one is corrected by its owner and counts at once', async () => {
    const { evaluate } = server((query) => (query.includes('bad') ? new InputError('parse error') : undefined));
    const live = new LiveExpressions(evaluate);
    expect((await live.read(many(9, { 3: 'bad' }), AT, AT - 15)).get('w3')).toEqual({
      kind: 'missing',
      why: 'parse error',
    });
    expect((await live.read(many(9), AT + 15, AT)).get('w3')).toMatchObject({ kind: 'value', value: 3 });
  });
});
