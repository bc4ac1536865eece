import { createHash, createHmac } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MacError, ValueMac } from './value-mac.ts';

const KEY = Buffer.from('a key that the roles share and that nobody else has');

/** As node:crypto computes it. */
function expected(key: Uint8Array | undefined, name: string, parts: readonly Uint8Array[]): Buffer {
  const all = key ? createHmac('sha256', key) : createHash('sha256');
  const length = Buffer.alloc(4);
  length.writeUInt32LE(Buffer.byteLength(name), 0);
  for (const part of [length, Buffer.from(name), ...parts]) all.update(part);
  return all.digest().subarray(0, 16);
}

describe('a MAC over what is stored', () => {
  it('is HMAC-SHA-256, cut to 128 bits, over the name with its length and the bytes', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 32, maxLength: 200 }),
        fc.array(
          fc.tuple(fc.string({ unit: 'grapheme' }), fc.array(fc.uint8Array({ maxLength: 9_000 }), { maxLength: 3 })),
          {
            minLength: 1,
            maxLength: 4,
          },
        ),
        (key, values) => {
          const [keyed, plain] = [new ValueMac(key), new ValueMac()];
          // One after another by the same object: nothing is left of the one before.
          for (const [name, parts] of values) {
            expect(keyed.tag(name, ...parts)).toEqual(expected(key, name, parts));
            expect(plain.tag(name, ...parts)).toEqual(expected(undefined, name, parts));
          }
        },
      ),
      { numRuns: 500 },
    );
  });

  it('is for one name: a value that is moved, changed, unsigned or signed by another key is refused in words', () => {
    const mac = new ValueMac(KEY);
    const stored = mac.signText('prescale:startups', '{"version":1}');
    expect(stored).toMatch(/^mac1:[\w-]{22} \{"version":1\}$/);
    expect(mac.openText('prescale:startups', stored)).toBe('{"version":1}');
    expect(() => mac.openText('other:startups', stored)).toThrow(
      'found on other:startups a MAC that is not by the key of redis.macKeyFile',
    );
    expect(() => mac.openText('prescale:startups', `${stored} `)).toThrow(MacError);
    expect(() => mac.openText('prescale:startups', '{"version":1}')).toThrow(
      'found no MAC on prescale:startups; expected one by the key of redis.macKeyFile',
    );
    expect(() => new ValueMac(Buffer.alloc(32, 1)).openText('prescale:startups', stored)).toThrow(
      'a MAC that is not by',
    );
  });

  it('of others is not called damaged by who has no key: it is theirs', () => {
    const [mac, keyless] = [new ValueMac(KEY), new ValueMac()];
    expect(keyless.signText('a', 'text')).toBe('text');
    expect(keyless.openText('a', 'text')).toBe('text');
    for (const open of [
      () => keyless.openText('a', mac.signText('a', 'text')),
      () => keyless.openBytes('a', mac.signBytes('a', Buffer.from('bytes'))),
    ]) {
      expect(open).toThrow(expect.objectContaining({ name: 'MacError', keyless: true }));
    }
  });
});
