import type { PayloadCodec } from '../../redis/stores/forecast-store.io.ts';
import type { TestPayload } from '../../storage/forecast-store.contract.ts';

/** A payload as bytes: the length of its text, the text, its numbers. */
export const textCodec: PayloadCodec<TestPayload> = {
  encode: ({ text, numbers }) =>
    Buffer.concat([Buffer.of(text.length), Buffer.from(text), Buffer.from(numbers.buffer)]),
  decode: (bytes) => {
    const whole = Buffer.from(bytes);
    const [length] = whole;
    if (length === undefined || (whole.length - 1 - length) % 8 !== 0) throw new Error('found bytes of no payload');
    const numbers = Float64Array.from({ length: (whole.length - 1 - length) / 8 }, (_, i) =>
      whole.readDoubleLE(1 + length + 8 * i),
    );
    return { text: whole.toString('utf8', 1, 1 + length), numbers };
  },
};
