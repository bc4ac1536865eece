import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MinuteRing } from '../../storage/history-store.ts';
import { runs } from '../../test/property.ts';
import { ValueMac } from '../value-mac.ts';
import { codeOf, demandOf, PackedRing, RingError, type RingPlace } from './minute-codec.ts';

const PLACE: RingPlace = { id: 'x', key: 'prescale:history:x', mac: new ValueMac(), nowSeconds: 1_800_000_000 };
const LEAST = 2 ** -24;
const MOST = 2 ** 48;
const stored = (value: number) => demandOf(codeOf(value));

describe('a number in 16 bits', () => {
  it('is off by 0.04 % at most, from a ten-millionth to hundreds of terabytes', () => {
    fc.assert(
      fc.property(fc.double({ min: -24, max: 48, noNaN: true }), (log) => {
        const value = 2 ** log;
        expect(Math.abs(stored(value) / value - 1)).toBeLessThanOrEqual(0.0004);
      }),
      { numRuns: runs(1_000) },
    );
  });

  it('keeps the order', () => {
    const any = fc.double({ min: 0, max: 1e15, noNaN: true });
    fc.assert(
      fc.property(any, any, (a, b) => {
        expect(Math.sign(stored(a) - stored(b)) * Math.sign(a - b)).toBeGreaterThanOrEqual(0);
      }),
    );
  });

  it('knows zero as zero, and what can not be told as no data', () => {
    expect([0, -0].map(stored)).toEqual([0, 0]);
    expect([Number.NaN, -1, Number.NEGATIVE_INFINITY].map(stored)).toEqual([Number.NaN, Number.NaN, Number.NaN]);
  });

  it('beyond its range is the least or the most, and never 0', () => {
    expect([LEAST, 1e-300, Number.MIN_VALUE].map(stored)).toEqual([LEAST, LEAST, LEAST]);
    expect([MOST, 1e300, Number.POSITIVE_INFINITY].map(stored)).toEqual([MOST, MOST, MOST]);
  });

  it('read and written again is the same: nothing drifts', () => {
    for (let code = 0; code <= 65_535; code++) expect(codeOf(demandOf(code))).toBe(code);
  });
});

describe('a ring of minutes', () => {
  const minute = fc.integer({ min: 0, max: 60 });
  const steps = fc.array(
    fc.tuple(minute, fc.oneof(fc.constant(Number.NaN), fc.double({ min: 0, max: 1e6, noNaN: true }))),
  );

  it('holds what a ring in memory holds, in any order of minutes, also as bytes', () => {
    fc.assert(
      fc.property(steps, (all) => {
        const [packed, plain] = [new PackedRing(20), new MinuteRing(20, 60, Float64Array)];
        for (const [at, value] of all) {
          packed.set(at, value);
          plain.set(at, value);
        }
        const expected = plain.series();
        const rounded = expected && { ...expected, values: expected.values.map(stored) };
        expect(packed.series()).toEqual(rounded);
        if (all.length > 0) expect(PackedRing.decode(packed.encode(PLACE), PLACE).series()).toEqual(rounded);
      }),
    );
  });

  it('of another length takes over what has room', () => {
    fc.assert(
      fc.property(steps, fc.integer({ min: 5, max: 40 }), (all, points) => {
        const [one, other, direct] = [new PackedRing(20), new PackedRing(points), new PackedRing(Math.min(points, 20))];
        for (const [at, value] of all) {
          one.set(at, value);
          direct.set(at, value);
        }
        other.take(one);
        expect(other.series()).toEqual(direct.series());
      }),
    );
  });

  it('for eight days takes two bytes a minute, and 7 % for its blocks and their MACs', () => {
    expect(new PackedRing(8 * 1_440).encode(PLACE).length / (8 * 1_440 * 2)).toBeLessThan(1.07);
  });
});

describe('bytes that are no ring', () => {
  const bytes = () => {
    const ring = new PackedRing(10);
    ring.set(100, 5);
    return ring.encode(PLACE);
  };
  const errorOf = (damaged: Buffer): RingError => {
    try {
      PackedRing.decode(damaged, { ...PLACE, id: 'shop/Deployment/web#0' });
    } catch (error) {
      if (error instanceof RingError) return error;
      throw error;
    }
    throw new Error('it was read');
  };

  it('are refused in words, and never read as numbers', () => {
    expect(errorOf(bytes().subarray(0, 20)).message).toBe(
      'the history of shop/Deployment/web#0: found 20 bytes; expected 1976 for a ring of 10 minutes',
    );
    expect(errorOf(Buffer.alloc(0)).message).toContain('found 0 bytes that are none of ours');
    expect(errorOf(Buffer.from('"something else"')).message).toContain('16 bytes that are none of ours');
  });

  it('of a newer version are told from damaged ones', () => {
    const newer = bytes();
    newer[3] = 3;
    expect(errorOf(newer)).toMatchObject({
      newer: true,
      message: expect.stringContaining('found a ring of version 3; expected 2'),
    });
    newer[3] = 0;
    expect(errorOf(newer).newer).toBe(false);
  });

  it('cut short anywhere are refused', () => {
    const whole = bytes();
    for (let length = 0; length < whole.length; length++) errorOf(whole.subarray(0, length));
    expect(PackedRing.decode(whole, PLACE).series()!.values).toEqual(Float64Array.of(stored(5)));
  });
});
