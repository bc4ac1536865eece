import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ConnectionTable } from './connection-table.ts';

const LIMITS = { total: 4, perAddress: 3, askSweeps: 5, answerSweeps: 10 };

/** Connections by name, read once: `a1` is the first of address `a`. @returns who went, in order */
function open(table: ConnectionTable<string>, ...names: string[]): string[] {
  return names.flatMap((name) => {
    table.opened(name, name[0]!);
    return table.settle(name);
  });
}

describe('the connections of a listener', () => {
  it('take in whoever comes: of an address that has too many, the oldest goes', () => {
    const table = new ConnectionTable<string>(LIMITS);
    expect(open(table, 'a1', 'a2', 'a3')).toEqual([]);
    expect(open(table, 'a4', 'b1')).toEqual(['a1']);
    expect(table.all()).toEqual(['a2', 'a3', 'a4', 'b1']);
  });

  it('where all addresses together have too many, the oldest of the one with most goes', () => {
    const table = new ConnectionTable<string>(LIMITS);
    open(table, 'b1', 'a1', 'a2', 'c1');
    expect(open(table, 'd1')).toEqual(['a1']);
    // All have one: it is the oldest of all.
    expect(open(table, 'e1')).toEqual(['b1']);
  });

  it('cut nobody who was not read yet, and count him for nothing', () => {
    const table = new ConnectionTable<string>({ ...LIMITS, total: 1 });
    for (const name of ['a1', 'b1', 'c1']) table.opened(name, name[0]!);
    expect(table.settle('a1')).toEqual([]);
    expect(table.settle('c1')).toEqual(['a1']);
    expect(table.all()).toEqual(['b1', 'c1']);
  });

  it('begin anew with the request: who waits for an answer is younger than who came later and asks nothing', () => {
    const table = new ConnectionTable<string>(LIMITS);
    open(table, 'a1', 'b1', 'c1', 'd1');
    table.asked('a1');
    expect(table.asking()).toEqual(['b1', 'c1', 'd1']);
    expect(open(table, 'e1')).toEqual(['b1']);
  });

  it('have five sweeps to ask and ten more to take the answer', () => {
    const table = new ConnectionTable<string>(LIMITS);
    open(table, 'a1', 'b1');
    const sweeps = (count: number) => Array.from({ length: count }, () => table.sweep()).flat();
    expect(sweeps(5)).toEqual([]);
    table.asked('a1');
    expect(sweeps(1)).toEqual(['b1']);
    expect(sweeps(9)).toEqual([]);
    expect(sweeps(1)).toEqual(['a1']);
    expect(table.all()).toEqual([]);
  });

  it('that take an answer piece by piece have their time anew with each, and are no younger', () => {
    const table = new ConnectionTable<string>(LIMITS);
    open(table, 'a1', 'b1');
    for (const name of ['a1', 'b1']) table.asked(name);
    for (let i = 0; i < 10; i++) table.sweep();
    table.progressed('a1');
    expect(table.sweep()).toEqual(['b1']);
    expect(open(table, 'c1', 'd1', 'e1', 'f1')).toEqual(['a1']);
  });

  it('are never more than the limits, whatever happens in which order, and the newest is never the one that goes', () => {
    const step = fc.record({
      what: fc.constantFrom('open', 'open', 'open', 'ask', 'close', 'sweep'),
      address: fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g'),
      which: fc.nat(8),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const table = new ConnectionTable<string>(LIMITS);
        steps.forEach(({ what, address, which }, i) => {
          const known = table.all()[which] ?? '';
          if (what === 'open') expect(open(table, `${address}${i}`)).not.toContain(`${address}${i}`);
          else if (what === 'ask') table.asked(known);
          else if (what === 'close') table.closed(known);
          else table.sweep();
          const all = table.all();
          expect(all.length).toBeLessThanOrEqual(LIMITS.total);
          const ofOne = Math.max(0, ...all.map((name) => all.filter((other) => other[0] === name[0]).length));
          expect(ofOne).toBeLessThanOrEqual(LIMITS.perAddress);
        });
      }),
      { numRuns: 500 },
    );
  });
});
