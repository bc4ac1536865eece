import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RequestHead } from './request-head.ts';

/** What it says in the end, reading the text in pieces that begin at these places. */
function read(text: string, cuts: readonly number[] = []) {
  const head = new RequestHead();
  const bytes = Buffer.from(text, 'latin1');
  const places = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
  for (const [i, place] of places.entries()) {
    const found = head.read(bytes.subarray(place, places[i + 1] ?? bytes.length));
    if (found) return found;
  }
  return undefined;
}

describe('the head of a request', () => {
  it('is read up to its empty line; what comes after it is not', () => {
    const request = { method: 'GET', target: '/healthz?verbose' };
    expect(read('GET /healthz?verbose HTTP/1.1\r\nHost: x\r\n\r\n')).toEqual(request);
    expect(read('\r\nGET /healthz?verbose HTTP/1.0\n\nnonsense')).toEqual(request);
    expect(read('GET /healthz HTTP/1.1\r\nHost: x\r\n')).toBeUndefined();
    expect(read('GET /healthz HTTP/1.1\r\nHost: x\r\n \r\n')).toBeUndefined();
  });

  it.each([
    ['hello\r\n', 400],
    ['PRI * HTTP/2.0\r\n\r\n', 400],
    ['GET / x HTTP/1.1\r\n', 400],
    ['\u0016\u0003\u0001\u0002\u0000\u0001\n', 400],
    [`GET /${'a'.repeat(1_100)}`, 414],
    [`GET / HTTP/1.1\r\nx: ${'a'.repeat(17_000)}`, 431],
    ['\r\n'.repeat(9_000), 431],
  ])('is refused as soon as it is wrong: %j', (text, status) => {
    expect(read(text)).toMatchObject({ status });
  });

  it('says the same in whatever pieces it comes, and of whatever bytes', () => {
    const line = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 40 }),
      fc.constantFrom('GET / HTTP/1.1', 'POST /x HTTP/1.0', 'Host: x', ''),
    );
    const text = fc.tuple(fc.array(line, { maxLength: 12 }), fc.constantFrom('\r\n', '\n', '\r'));
    fc.assert(
      fc.property(text, fc.array(fc.nat(500), { maxLength: 20 }), ([lines, end], cuts) => {
        const whole = Buffer.from(lines.join(end)).toString('latin1');
        expect(read(whole, cuts)).toEqual(read(whole));
      }),
      { numRuns: 5_000 },
    );
  });
});
